import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { readLedger } from '../support/observe.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

let router: RouterUnderTest;
beforeAll(async () => {
  router = await startRouter({ processes: 'together' });
}, 120_000);
afterAll(() => router?.close());

type Event = { type: string; data: Record<string, unknown> };
async function eventsOf(customer: string): Promise<Event[]> {
  const calls = await readLedger(router.sandbox.url, 'crm');
  return calls
    .map(({ body }) => body as Event)
    .filter(({ data }) => [data['sender_id'], data['recipient_id']].includes(customer));
}
/** The events of this type, once there are so many. */
async function untilEvent(customer: string, type: string, count = 1): Promise<Event[]> {
  const found = async () => (await eventsOf(customer)).filter((event) => event.type === type);
  await until(`${type} reaches the CRM`, async () => (await found()).length >= count, 10_000);
  return found();
}

type Shown = {
  mid: string;
  from: string;
  text: string | null;
  media: { type: string; url?: string }[];
  replyTo: string | null;
  reactions: Record<string, string>;
};
async function phoneOf(customer: string) {
  const path = `/instagram/customers/${customer}`;
  const { data } = await router.control<{ data: { messages: Shown[] }[] }>('GET', path);
  return data[0]?.messages ?? [];
}

/** Sends on in the conversation, and waits until the platform has it. */
async function send(conversationId: unknown, content: object, more: object = {}) {
  const request = { conversation_id: conversationId, content, ...more };
  const answer = await router.call('POST', '/api/v1/messages', request);
  expect(answer.status).toBe(202);
  const id = String(answer.body['message_id']);
  await router.untilStatus(id, 'sent');
  return id;
}

describe('a conversation with files, quotes and reactions', () => {
  const customer = 'customer-of-everything';
  const account = () => router.account.externalId;

  it('goes out and comes back whole, under our own ids', async () => {
    const asked = await router.write(customer, 'Do you have it in blue? 💙');
    const [event] = await untilEvent(customer, 'message.received');
    const question = event?.data['message_id'];
    const { body: found } = await router.call<{ data: Record<string, unknown>[] }>(
      'GET',
      `/api/v1/conversations?account_id=${router.account.id}`,
    );
    const conversation = found.data.find((each) => each['recipient_id'] === customer);
    expect(conversation).toMatchObject({ type: 'DIRECT', can_send: { window: 'open' } });
    const id = conversation?.['conversation_id'];

    const photo = {
      type: 'image',
      url: 'https://shop.example.com/blue.png',
      caption: 'Yes: this one',
    };
    const { body: check } = await router.call('POST', '/api/v1/messages/check', {
      conversation_id: id,
      content: photo,
    });
    expect(check).toMatchObject({ can_send: true, content: { parts: 2 } });
    const sent = await send(id, photo, { reply_to: question, sender_id: 'agent-1' });
    await send(id, { type: 'reaction', message_id: question, emoji: '👍🏽' });

    const phone = await phoneOf(customer);
    expect(phone).toMatchObject([
      { mid: asked, from: 'customer', reactions: { business: '👍🏽' } },
      { from: 'business', text: null, media: [{ type: 'image', url: photo.url }], replyTo: asked },
      { from: 'business', text: 'Yes: this one', replyTo: null },
    ]);

    const words = phone[2]?.mid ?? '';
    const react = { account: account(), mid: words, emoji: '❤️' };
    await router.control('POST', `/instagram/customers/${customer}/reactions`, react);
    const answer = { account: account(), text: 'Lovely', reply_to: words };
    await router.control('POST', `/instagram/customers/${customer}/messages`, answer);
    const press = { account: account(), title: 'Buy', payload: 'BUY-1' };
    await router.control('POST', `/instagram/customers/${customer}/postbacks`, press);
    const received = await untilEvent(customer, 'message.received', 3);
    expect(received.map(({ data }) => [data['text'], data['reply_to'], data['payload']])).toEqual([
      ['Do you have it in blue? 💙', null, null],
      ['Lovely', sent, null],
      ['Buy', null, 'BUY-1'],
    ]);
    const [reaction] = await untilEvent(customer, 'message.reaction');
    expect(reaction?.data).toMatchObject({ message_id: sent, action: 'react', emoji: '❤️' });

    const read = await router.call('POST', `/api/v1/conversations/${String(id)}/read`);
    expect(read.status).toBe(200);
    const { body: history } = await router.call<{ data: Record<string, unknown>[] }>(
      'GET',
      `/api/v1/conversations/${String(id)}/messages`,
    );
    expect(history.data.find((each) => each['message_id'] === sent)).toMatchObject({
      message_type: 'image',
      text: 'Yes: this one',
      attachments: [{ type: 'image', url: photo.url }],
      sender_id: 'agent-1',
      reply_to: question,
      reactions: [{ emoji: '❤️', from: 'in' }],
    });
    expect(history.data.find((each) => each['message_id'] === question)).toMatchObject({
      reactions: [{ emoji: '👍🏽', from: 'out' }],
    });
  });

  it('tells beforehand and afterwards that the window is closed', async () => {
    const late = 'customer-of-yesterday';
    await router.write(late, 'hello?');
    await untilEvent(late, 'message.received');
    await router.sql(
      `update conversations set customer_wrote_at = now() - interval '25 hours'
        where recipient_id = '${late}'`,
    );
    await router.control('PUT', `/instagram/customers/${late}`, {
      account: account(),
      window: 'closed',
    });
    const to = { account_id: router.account.id, recipient: late };
    const content = { type: 'text', text: 'still there?' };
    const { body } = await router.call('POST', '/api/v1/messages/check', { ...to, content });
    expect(body).toMatchObject({ can_send: false, problems: [{ code: 'window_closed' }] });
    const answer = await router.call('POST', '/api/v1/messages', { ...to, content });
    const failed = await router.untilStatus(String(answer.body['message_id']), 'failed');
    expect(failed.errors).toHaveLength(1);
  });
});
