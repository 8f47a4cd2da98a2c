import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { accepted, anAccount, beginAttempt, outcome, tryOnce } from '../support/builders.ts';
import { endWait, eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('what a call to the platform came to', () => {
  let db: TestStores;
  let account: { id: string };

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => void (account = await anAccount(db.stores)));
  afterAll(() => db.close());

  const begin = (messageId: string) =>
    db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 12_000 });
  const statusOf = async (messageId: string) => {
    const status = await db.stores.messages.findStatus(messageId, '*');
    if (!status) throw new Error('no such message');
    return status;
  };
  const deadLettersOf = (messageId: string) =>
    db.rows(
      'select kind, reason, attempts, state from dead_letters where subject_id = $1',
      messageId,
    );
  const openAlerts = () =>
    db.rows(
      'select cause, count from alerts where account_id = $1 and resolved_at is null',
      account.id,
    );
  const typesOf = async (laneId: string) => (await eventsOf(db, laneId)).map(({ type }) => type);

  it('gives the worker what it needs for the call, and the platform something to hand back', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      recipientId: 'customer-x',
      text: 'hello',
    });
    expect(await beginAttempt(db.stores, messageId)).toMatchObject({
      number: 1,
      account: { id: account.id, credentials: { access_token: 'token-1' } },
      conversationId,
      recipientId: 'customer-x',
      content: { type: 'text', text: 'hello' },
      refersTo: null,
      callbackData: messageId,
      traceId: 'trace-1',
    });
  });

  it('is recorded as sent, told to the CRM, and lets the next message go', async () => {
    const recipientId = randomUUID();
    const { messageId, conversationId } = await accepted(db.stores, account.id, { recipientId });
    const next = await accepted(db.stores, account.id, { recipientId });
    expect(await tryOnce(db.stores, messageId, outcome.sent('mid-1'))).toEqual({
      do: 'done',
      status: 'sent',
    });
    const status = await statusOf(messageId);
    expect(status).toMatchObject({ status: 'sent', platformMessageId: 'mid-1', retryCount: 0 });
    expect(status.transitions.map((each) => [each.status, each.source, each.attempt])).toEqual([
      ['pending', 'api', null],
      ['sent', 'router', 1],
    ]);
    expect(status.parts).toEqual([{ part: 1, status: 'sent', platformMessageId: 'mid-1' }]);
    const [event] = await eventsOf(db, conversationId);
    expect(event).toMatchObject({
      type: 'message.sent',
      data: {
        message_id: messageId,
        recipient_id: recipientId,
        status: 'sent',
        platform_message_id: 'mid-1',
        possible_duplicate: false,
        error: null,
      },
    });
    expect((await begin(next.messageId)).do).toBe('send');
    expect((await begin(messageId)).do).toBe('end');
  });

  it('is tried three times when it is transient, then failed with a dead letter', async () => {
    const recipientId = randomUUID();
    const { messageId, conversationId } = await accepted(db.stores, account.id, { recipientId });
    const next = await accepted(db.stores, account.id, { recipientId });
    for (const seconds of [2, 10]) {
      const result = await tryOnce(db.stores, messageId, outcome.failed('transient'));
      if (result.do !== 'retry') throw new Error(result.do);
      expect(result.delayMs).toBeGreaterThanOrEqual(seconds * 800);
      expect(result.delayMs).toBeLessThanOrEqual(seconds * 1_200);
      expect(await begin(messageId)).toMatchObject({ do: 'wait', reason: 'retry' });
      await endWait(db, messageId, 'next_attempt_at');
    }
    expect((await statusOf(messageId)).status).toBe('pending');
    expect(await tryOnce(db.stores, messageId, outcome.failed('transient'))).toEqual({
      do: 'done',
      status: 'failed',
    });
    const status = await statusOf(messageId);
    const error = { code: 'code-transient', message: 'It was transient.' };
    expect(status).toMatchObject({ status: 'failed', retryCount: 2, error });
    expect(status.errors.map((each) => [each.attempt, each.class, each.code])).toEqual([
      [1, 'transient', 'code-transient'],
      [2, 'transient', 'code-transient'],
      [3, 'transient', 'code-transient'],
    ]);
    expect(await eventsOf(db, conversationId)).toMatchObject([
      { type: 'message.failed', data: { error: { class: 'transient', ...error } } },
    ]);
    expect(await deadLettersOf(messageId)).toEqual([
      { kind: 'message', reason: 'transient', attempts: 3, state: 'open' },
    ]);
    expect(await openAlerts()).toEqual([{ cause: 'dead_letter', count: 1 }]);
    expect((await begin(next.messageId)).do).toBe('send');
  });

  it('is failed at once when it is refused, without a dead letter', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id);
    expect(await tryOnce(db.stores, messageId, outcome.failed('refused'))).toEqual({
      do: 'done',
      status: 'failed',
    });
    expect((await statusOf(messageId)).error).toEqual({
      class: 'refused',
      code: 'code-refused',
      message: 'It was refused.',
    });
    expect(await typesOf(conversationId)).toEqual(['message.failed']);
    expect(await deadLettersOf(messageId)).toEqual([]);
    expect(await openAlerts()).toEqual([]);
  });

  it('holds back only the recipient when the platform throttles the recipient', async () => {
    const one = await accepted(db.stores, account.id);
    const other = await accepted(db.stores, account.id);
    const throttled = outcome.throttled({ retryAfterMs: 30_000 });
    expect(await tryOnce(db.stores, one.messageId, throttled)).toEqual({
      do: 'wait',
      delayMs: 30_000,
      reason: 'throttled',
    });
    expect(await begin(one.messageId)).toMatchObject({ do: 'wait', reason: 'throttled' });
    expect((await begin(other.messageId)).do).toBe('send');
    expect((await statusOf(one.messageId)).retryCount).toBe(0);
  });

  it('holds back the whole account when the platform throttles the account, and no other', async () => {
    const one = await accepted(db.stores, account.id);
    const other = await accepted(db.stores, account.id);
    const foreign = await accepted(db.stores, (await anAccount(db.stores)).id);
    const throttled = outcome.throttled({ retryAfterMs: 30_000, scope: 'account' });
    await tryOnce(db.stores, one.messageId, throttled);
    expect(await begin(other.messageId)).toMatchObject({ do: 'wait', reason: 'throttled' });
    expect((await begin(foreign.messageId)).do).toBe('send');
  });

  it.each([
    ['near its expiry', '23 hours 59 minutes'],
    ['that is given up', '25 hours'],
  ])('holds back the account as long as it was told by a message %s', async (_, age) => {
    const own = await anAccount(db.stores);
    const one = await accepted(db.stores, own.id);
    const begun = await begin(one.messageId);
    if (begun.do !== 'send') throw new Error(begun.do);
    await db.rows(
      `update messages set became_head_at = now() - $2::interval where id = $1`,
      one.messageId,
      age,
    );
    await db.stores.sends.record({
      attemptId: begun.attempt.attemptId,
      outcome: outcome.throttled({ retryAfterMs: 3_600_000, scope: 'account' }),
      durationMs: 5,
    });
    const other = await accepted(db.stores, own.id);
    const wait = await begin(other.messageId);
    expect(wait).toMatchObject({ do: 'wait', reason: 'throttled' });
    expect(wait.do === 'wait' ? wait.delayMs : 0).toBeGreaterThan(3_500_000);
  });

  it('waits longer each time the platform cannot be reached, without counting', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id);
    for (const seconds of [5, 10, 20, 40, 60]) {
      const result = await tryOnce(db.stores, messageId, outcome.failed('unavailable'));
      if (result.do !== 'wait' || result.delayMs === null) throw new Error(result.do);
      expect(result.delayMs / 1000).toBeGreaterThanOrEqual(seconds * 0.8);
      expect(result.delayMs / 1000).toBeLessThanOrEqual(seconds * 1.2);
      await endWait(db, messageId, 'next_attempt_at');
    }
    await tryOnce(db.stores, messageId, outcome.sent());
    expect(await statusOf(messageId)).toMatchObject({ status: 'sent', retryCount: 0 });
    expect((await typesOf(conversationId)).at(-1)).toBe('message.sent');
  });

  it('tells the CRM once that a message waits for over a minute, and why', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id);
    await tryOnce(db.stores, messageId, outcome.throttled({ retryAfterMs: 59_000 }));
    expect(await typesOf(conversationId)).toEqual([]);
    for (let times = 0; times < 2; times += 1) {
      await endWait(db, messageId, 'next_attempt_at');
      await tryOnce(db.stores, messageId, outcome.throttled({ retryAfterMs: 90_000 }));
    }
    expect(await eventsOf(db, conversationId)).toMatchObject([
      {
        type: 'message.delayed',
        data: {
          status: 'pending',
          delay: { reason: 'throttled', next_attempt_at: expect.any(String) },
        },
      },
    ]);
  });

  it('gives up what could not be sent within its time, after one more attempt', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await db.rows(
      `update messages set became_head_at = now() - interval '25 hours' where id = $1`,
      messageId,
    );
    expect(await tryOnce(db.stores, messageId, outcome.failed('unavailable'))).toEqual({
      do: 'done',
      status: 'failed',
    });
    expect(await deadLettersOf(messageId)).toHaveLength(1);
  });

  it('is recorded whatever the platform writes into its error', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    const { attemptId } = await beginAttempt(db.stores, messageId);
    const nasty = { class: 'refused', code: 'a\0b', message: 'x\0\ud800y' } as const;
    await db.stores.sends.record({ attemptId, outcome: nasty, durationMs: 1 });
    const error = { class: 'refused', code: 'ab', message: 'x\ufffdy' };
    expect((await statusOf(messageId)).error).toEqual(error);
  });
});
