import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { CLEAN, judgeEvents, judgeSends, readLedger } from '../support/observe.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

let router: RouterUnderTest;
beforeAll(async () => {
  router = await startRouter({ processes: 'together' });
}, 120_000);
afterAll(() => router?.close());

type Event = { type: string; sequence: number; data: Record<string, unknown> };
/** What the CRM took of this customer's conversation, in order. */
async function eventsOf(customer: string): Promise<Event[]> {
  const calls = await readLedger(router.sandbox.url, 'crm');
  return calls
    .map(({ body }) => body as Event)
    .filter(({ data }) => [data['sender_id'], data['recipient_id']].includes(customer));
}
const untilEvent = (customer: string, type: string) =>
  until(
    `${type} reaches the CRM`,
    async () => (await eventsOf(customer)).some((event) => event.type === type),
    10_000,
  );

type Phone = { data: { messages: { text: string; mid: string; from: string }[] }[] };
async function phoneOf(customer: string) {
  const { data } = await router.control<Phone>('GET', `/instagram/customers/${customer}`);
  return data[0]?.messages ?? [];
}

describe('a message from a customer', () => {
  it('reaches the CRM signed, with its text and who wrote it', async () => {
    const customer = 'customer-in';
    await router.write(customer, 'hello');
    await untilEvent(customer, 'message.received');
    const [event] = await eventsOf(customer);
    expect(event).toMatchObject({
      type: 'message.received',
      sequence: 1,
      data: {
        sender_id: customer,
        recipient_id: router.account.externalId,
        channel: 'instagram',
        message_type: 'text',
        text: 'hello',
      },
    });
    expect(event?.data['sender_username']).toEqual(expect.stringContaining('customer'));
    const [call] = (
      await router.control<{ data: { signature: unknown }[] }>('GET', '/crm/received')
    ).data;
    expect(call?.signature).toEqual({ hub: 'valid', standard: 'valid' });
  });

  it('is one message, however often the platform says it', async () => {
    const customer = 'customer-twice';
    await router.control('POST', '/instagram/webhooks', { mode: 'duplicate', count: 1 });
    await router.write(customer, 'only once');
    await router.write(customer, 'after it');
    await until('both are there', async () => (await eventsOf(customer)).length >= 2);
    const calls = await readLedger(router.sandbox.url, 'crm');
    const own = calls.filter(({ raw }) => raw.includes(customer));
    expect(judgeEvents({ [customer]: ['only once', 'after it'] }, own)).toEqual(CLEAN);
  });

  it.each(['edit', 'edit_without_sender'])(
    'is asked for where the platform tells it only as an %s number 0',
    async (toldAs) => {
      const customer = `customer-${toldAs}`;
      await router.control('POST', `/instagram/customers/${customer}/messages`, {
        account: router.account.externalId,
        text: 'only by its id',
        told_as: toldAs,
      });
      await untilEvent(customer, 'message.received');
      expect(await eventsOf(customer)).toMatchObject([{ data: { text: 'only by its id' } }]);
    },
  );

  it('stands where the platform’s time puts it when its webhooks come turned round', async () => {
    const customer = 'customer-reordered';
    await router.control('POST', '/instagram/webhooks', { mode: 'hold' });
    for (const text of ['first', 'second', 'third']) await router.write(customer, text);
    await router.control('POST', '/instagram/webhooks', { mode: 'reverse' });
    await until('all are there', async () => (await eventsOf(customer)).length === 3);
    expect((await eventsOf(customer)).map(({ data }) => data['text'])).toEqual([
      'first',
      'second',
      'third',
    ]);
  });
});

describe('a message from the CRM', () => {
  it('goes from pending over sent to read, and the CRM hears of each', async () => {
    const customer = 'customer-out';
    await router.openWindow(customer);
    const accepted = await router.send(customer, 'good morning');
    expect(accepted.status).toBe('pending');
    const sent = await router.untilStatus(accepted.message_id, 'sent');
    const [message] = await phoneOf(customer);
    expect(message).toMatchObject({ from: 'business', text: 'good morning' });
    expect(sent).toMatchObject({
      instagram_message_id: message?.mid,
      platform_message_id: message?.mid,
      retry_count: 0,
      errors: [],
    });
    const seen = { account: router.account.externalId };
    await router.control('POST', `/instagram/customers/${customer}/seen`, seen);
    const read = await router.untilStatus(accepted.message_id, 'read');
    expect(read.transitions.map(({ status }) => status)).toEqual(['pending', 'sent', 'read']);
    await untilEvent(customer, 'message.read');
    expect((await eventsOf(customer)).map(({ type }) => type)).toEqual([
      'message.sent',
      'message.read',
    ]);
  });

  it('is sent in parts when it is longer than Instagram takes, and read with the last one', async () => {
    const customer = 'customer-long';
    const text = Array.from({ length: 500 }, (_, at) => `${at}`.padStart(5, '·')).join(' ');
    expect([...text].length).toBeGreaterThanOrEqual(2_999);
    await router.openWindow(customer);
    const { message_id: id } = await router.send(customer, text);
    const sent = await router.untilStatus(id, 'sent');
    const phone = await phoneOf(customer);
    expect(phone.length).toBeGreaterThan(3);
    expect(phone.map((part) => part.text).join('')).toBe(text);
    expect(sent.parts.map((part) => part.platform_message_id)).toEqual(phone.map(({ mid }) => mid));
    expect(sent.instagram_message_id).toBe(phone[0]?.mid);
    const seen = { account: router.account.externalId };
    await router.control('POST', `/instagram/customers/${customer}/seen`, seen);
    await router.untilStatus(id, 'read');
  });

  it('is sent once for 50 equal requests at the same time', async () => {
    const customer = 'customer-impatient';
    await router.openWindow(customer);
    const request = {
      account_id: router.account.id,
      recipient_id: customer,
      message: 'just once',
      idempotency_key: 'order-4711',
    };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => router.call('POST', '/api/v1/messages/send', request)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const ids = new Set(answers.map(({ body }) => String(body['message_id'])));
    expect(ids.size).toBe(1);
    const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replayed).toHaveLength(49);
    await router.untilStatus([...ids][0] ?? '', 'sent');
    // Whatever stands behind it in the lane goes out after any second copy would have.
    const last = await router.send(customer, 'the next one');
    await router.untilStatus(last.message_id, 'sent');
    const calls = await readLedger(router.sandbox.url, 'instagram');
    const own = calls.filter(({ raw }) => raw.includes(customer));
    expect(own).toHaveLength(2);
    expect(judgeSends({ [customer]: ['just once', 'the next one'] }, own)).toEqual(CLEAN);
  });
});

describe('what somebody types in Instagram itself', () => {
  it('comes to the CRM as sent, in history as outgoing, and is not sent again', async () => {
    const customer = 'customer-app';
    await router.write(customer, 'anybody there?');
    await untilEvent(customer, 'message.received');
    const body = { account: router.account.externalId, text: 'typed on the owner’s phone' };
    await router.control('POST', `/instagram/customers/${customer}/app-messages`, body);
    await untilEvent(customer, 'message.sent');
    const [, echo] = await eventsOf(customer);
    expect(echo?.data).toMatchObject({ source: 'platform_app', text: body.text, status: 'sent' });
    const calls = await readLedger(router.sandbox.url, 'instagram');
    expect(calls.filter(({ raw }) => raw.includes(body.text))).toEqual([]);
  });
});
