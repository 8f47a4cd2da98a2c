import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { readLedger, tookEffect } from '../support/observe.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

let router: RouterUnderTest;
beforeAll(async () => {
  router = await startRouter({ processes: 'together', env: { EVIDENCE_WAIT: '1' } });
}, 120_000);
afterAll(() => router?.close());
beforeEach(() => router.control('POST', '/reset'));

const account = () => `/api/v1/accounts/${router.account.id}`;
const pausedAt = async () => (await router.call('GET', account())).body['paused_at'];
const answer = (code: number, error_subcode: number | undefined, message: string) => ({
  status: 400,
  body: { error: { code, error_subcode, message, type: 'OAuthException', fbtrace_id: 'A1' } },
});
const failFor = (customer: string, more: object) =>
  router.control('PUT', '/instagram/faults', [
    { match: { path: '/messages', body: customer }, ...more },
  ]);
const eventsOf = async (messageId: string) =>
  (await readLedger(router.sandbox.url, 'crm'))
    .filter(tookEffect)
    .map(({ body }) => body as { type: string; data: Record<string, unknown> })
    .filter(({ data }) => data['message_id'] === messageId);

describe('an answer about one message', () => {
  it.each([
    ['another app has the thread', 10, 2018300],
    ['the message data are invalid', 100, 2534015],
    ['nobody knows the subcode', 10, 2999999],
  ])('(%s) fails that one, and all others go on', async (_why, code, subcode) => {
    const [one, other] = [`one-${subcode}`, `other-${subcode}`];
    for (const customer of [one, other]) await router.openWindow(customer);
    await failFor(one, { ...answer(code, subcode, 'No.'), times: 1 });
    const refused = await router.send(one, 'refused');
    const behind = await router.send(one, 'behind it');
    const others = await router.send(other, 'to somebody else');
    const failed = await router.untilStatus(refused.message_id, 'failed');
    expect(failed.errors).toMatchObject([{ class: 'refused', code: `${code}/${subcode}` }]);
    for (const { message_id: id } of [behind, others]) await router.untilStatus(id, 'sent');
    expect(await pausedAt()).toBeNull();
  });

  it('pauses the account once at most, however often it is resumed', async () => {
    const [one, other] = ['one-again', 'other-again'];
    for (const customer of [one, other]) await router.openWindow(customer);
    await failFor(one, { ...answer(190, undefined, 'Bad token.'), times: null });
    const refused = await router.send(one, 'refused');
    const behind = await router.send(one, 'behind it');
    await until('the account is paused', async () => (await pausedAt()) !== null, 20_000);
    for (let times = 0; times < 3; times += 1) {
      const others = await router.send(other, `to somebody else ${times}`);
      await router.call('PUT', account(), { enabled: true });
      await router.untilStatus(others.message_id, 'sent');
      expect(await pausedAt()).toBeNull();
    }
    const failed = await router.untilStatus(refused.message_id, 'failed');
    expect(failed.error).toMatchObject({ code: '190' });
    await router.control('PUT', '/instagram/faults', []);
    await until(
      'what was behind it has its turn',
      async () => (await router.status(behind.message_id)).status !== 'pending',
      20_000,
    );
    expect(await pausedAt()).toBeNull();
  });

  it('about our own id lets the account wait', async () => {
    const customer = 'own-id';
    await router.openWindow(customer);
    const words = `Unsupported post request. Object with ID '${router.account.externalId}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`;
    await failFor(customer, { ...answer(100, 33, words), times: 1 });
    const { message_id: id } = await router.send(customer, 'waits');
    await until('the account is paused', async () => (await pausedAt()) !== null, 20_000);
    expect(await router.status(id)).toMatchObject({ status: 'pending' });
    await router.call('PUT', account(), { enabled: true });
    await router.untilStatus(id, 'sent');
  });
});

describe('an account that wants a person to decide', () => {
  it('says at once that a conversation waits, and goes on when somebody confirms', async () => {
    const customer = 'held';
    await router.write(customer, 'hello?');
    await router.openWindow(customer);
    await router.call('PUT', account(), { on_unknown_outcome: 'hold' });
    await failFor(customer, { mode: 'drop', times: 1 });
    const first = await router.send(customer, 'first');
    const second = await router.send(customer, 'second');
    const told = () => eventsOf(first.message_id);
    await until('the CRM is told', async () => (await told()).length > 0, 30_000);
    expect(await told()).toMatchObject([{ type: 'message.unconfirmed', data: { holds: true } }]);
    expect(await router.status(first.message_id)).toMatchObject({ wait_reason: 'held' });
    expect(await router.status(second.message_id)).toMatchObject({ wait_reason: 'behind_another' });
    const check = await router.call('POST', '/api/v1/messages/check', {
      account_id: router.account.id,
      recipient: customer,
    });
    expect(check.body).toMatchObject({
      can_send: false,
      problems: [{ code: 'conversation_held' }],
      queue: { waiting: 2, delay_seconds: null, reason: 'held' },
    });
    await router.call('POST', `/api/v1/messages/${first.message_id}/confirm`);
    await router.untilStatus(second.message_id, 'sent');
    await router.call('PUT', account(), { on_unknown_outcome: 'auto' });
  });
});
