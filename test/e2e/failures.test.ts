import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { CLEAN, judgeEvents, judgeSends, readLedger, tookEffect } from '../support/observe.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

let router: RouterUnderTest;
beforeAll(async () => {
  const env = { OUTBOUND_RETRY_DELAYS: '0.1,0.2', CRM_RETRY_DELAYS: '0.1,0.2,0.4,0.5' };
  router = await startRouter({ processes: 'together', env });
}, 120_000);
afterAll(() => router?.close());
// Also what the test before this one has set; sequences go on, so each test has its own customer.
beforeEach(() => router.control('POST', '/reset'));

type Event = { type: string; account_id: string; data: Record<string, unknown> };
async function takenEvents(): Promise<Event[]> {
  const calls = await readLedger(router.sandbox.url, 'crm');
  return calls.filter(tookEffect).map(({ body }) => body as Event);
}
const untilTaken = (what: string, fits: (event: Event) => boolean) =>
  until(what, async () => (await takenEvents()).some(fits), 20_000);
const untilTold = (type: string, messageId: string) =>
  untilTaken(type, (event) => event.type === type && event.data['message_id'] === messageId);
const sendsTo = async (customer: string) =>
  (await readLedger(router.sandbox.url, 'instagram')).filter(({ raw }) => raw.includes(customer));

const TEMPORARY = {
  error: { code: 2, type: 'OAuthException', message: 'Try later.', is_transient: true },
};
const failFor = (customer: string, more: object) =>
  router.control('PUT', '/instagram/faults', [
    { match: { path: '/messages', body: customer }, ...more },
  ]);

describe('a platform that has trouble', () => {
  it('is tried three times; then the CRM hears why, and the next message goes out', async () => {
    const customer = 'customer-ladder';
    await router.openWindow(customer);
    await failFor(customer, { status: 500, body: TEMPORARY, times: 3 });
    const first = await router.send(customer, 'never arrives');
    const second = await router.send(customer, 'arrives');
    const failed = await router.untilStatus(first.message_id, 'failed');
    expect(failed).toMatchObject({ retry_count: 2, error: { code: '2' } });
    expect(failed.errors.map((error) => [error.attempt, error.class])).toEqual([
      [1, 'transient'],
      [2, 'transient'],
      [3, 'transient'],
    ]);
    await router.untilStatus(second.message_id, 'sent');
    expect(judgeSends({ [customer]: ['arrives'] }, await sendsTo(customer))).toEqual(CLEAN);
    expect(await sendsTo(customer)).toHaveLength(4);
    await untilTold('message.sent', second.message_id);
    const told = (await takenEvents()).filter(({ data }) => data['recipient_id'] === customer);
    expect(told).toMatchObject([
      {
        type: 'message.failed',
        data: { message_id: first.message_id, error: { class: 'transient' } },
      },
      { type: 'message.sent', data: { message_id: second.message_id } },
    ]);
  });

  it('gets a message at the second try when it was only a moment', async () => {
    const customer = 'customer-moment';
    await router.openWindow(customer);
    await failFor(customer, { status: 500, body: TEMPORARY });
    const { message_id: id } = await router.send(customer, 'at last');
    const sent = await router.untilStatus(id, 'sent');
    expect(sent).toMatchObject({ retry_count: 1, errors: [{ attempt: 1, class: 'transient' }] });
  });

  it('says no for good, and the message fails at once with its words', async () => {
    const customer = 'customer-closed';
    await router.control('PUT', `/instagram/customers/${customer}`, {
      account: router.account.externalId,
      window: 'closed',
    });
    const { message_id: id } = await router.send(customer, 'too late');
    const failed = await router.untilStatus(id, 'failed');
    expect(failed).toMatchObject({ retry_count: 0, errors: [{ attempt: 1, class: 'refused' }] });
    expect(await sendsTo(customer)).toHaveLength(1);
  });

  it('took the message though it answered with an error: the echo proves it, nothing is sent twice', async () => {
    const customer = 'customer-unknown';
    await router.openWindow(customer);
    await failFor(customer, { mode: 'apply-then-fail', status: 502, body: 'Bad gateway' });
    const first = await router.send(customer, 'did it arrive?');
    const second = await router.send(customer, 'and this?');
    await router.untilStatus(second.message_id, 'sent');
    const proved = await router.untilStatus(first.message_id, 'sent');
    expect(proved.possible_duplicate).toBe(false);
    const expected = { [customer]: ['did it arrive?', 'and this?'] };
    expect(judgeSends(expected, await sendsTo(customer))).toEqual(CLEAN);
  });
});

describe('a CRM that is down', () => {
  it('gets everything in order once it is back, and sending never waited for it', async () => {
    const customer = 'customer-patient';
    await router.control('PUT', '/switches', { crm_down: true });
    const texts = ['one', 'two', 'three'];
    for (const text of texts) await router.write(customer, text);
    await until(
      'the CRM was asked twice',
      async () => {
        const calls = await readLedger(router.sandbox.url, 'crm');
        return calls.filter(({ raw }) => raw.includes(customer)).length >= 2;
      },
      20_000,
    );
    const sent: string[] = [];
    for (const text of ['meanwhile', 'and more']) {
      const { message_id: id } = await router.send(customer, text);
      await router.untilStatus(id, 'sent');
      sent.push(id);
    }
    await router.control('PUT', '/switches', { crm_down: false });
    await untilTold('message.sent', sent[1] ?? '');
    const calls = await readLedger(router.sandbox.url, 'crm');
    const own = calls.filter(({ raw }) => raw.includes(customer));
    expect(own.filter(({ status }) => status === 503).length).toBeGreaterThanOrEqual(2);
    expect(judgeEvents({ [customer]: texts }, own)).toEqual(CLEAN);
    const taken = own.filter(tookEffect).map(({ body }) => (body as Event).data);
    expect(taken.map((data) => (data['status'] ? data['message_id'] : data['text']))).toEqual([
      ...texts,
      ...sent,
    ]);
  });
});

describe('a token that has expired', () => {
  it('pauses the account; with a new one everything goes on in order', async () => {
    const customers = ['customer-token-a', 'customer-token-b'];
    for (const customer of customers) await router.openWindow(customer);
    const path = `/instagram/accounts/${router.account.externalId}`;
    await router.control('PUT', path, { token: 'expired' });
    const expected = Object.fromEntries(customers.map((customer) => [customer, ['x', 'y', 'z']]));
    const ids: string[] = [];
    for (const text of ['x', 'y', 'z'])
      for (const customer of customers) ids.push((await router.send(customer, text)).message_id);
    await untilTaken('account.paused', ({ type }) => type === 'account.paused');
    const account = `/api/v1/accounts/${router.account.id}`;
    expect((await router.call('GET', account)).body).toMatchObject({
      paused_at: expect.any(String),
    });
    for (const id of ids) expect((await router.status(id)).status).toBe('pending');

    const wrong = await router.call('PUT', account, { access_token: 'IGAAwrong' });
    expect(wrong.status).toBe(400);
    const token = 'IGAAfresh000000000000000000000000000000000000000';
    await router.control('PUT', path, { access_token: token });
    expect((await router.call('PUT', account, { access_token: token })).status).toBe(200);
    for (const id of ids) await router.untilStatus(id, 'sent');
    const calls = await readLedger(router.sandbox.url, 'instagram');
    expect(judgeSends(expected, calls)).toEqual(CLEAN);
    await untilTaken('account.resumed', ({ type }) => type === 'account.resumed');
    expect((await router.call('GET', account)).body).toMatchObject({ paused_at: null });
  });
});
