import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { textOf } from '../../src/domain/outgoing-content.ts';
import { accepted, anAccount, beginAttempt, outcome, tryOnce } from '../support/builders.ts';
import { endWait, eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('beginning a send', () => {
  let db: TestStores;
  let account: { id: string };

  beforeAll(async () => {
    db = await openTestStores();
    account = await anAccount(db.stores);
  });
  afterAll(() => db.close());

  const begin = (messageId: string, round = 1) =>
    db.stores.sends.begin({ messageId, round, attemptId: randomUUID(), leaseMs: 12_000 });
  const attemptsOf = (messageId: string) =>
    db.rows<{ number: number; part: number; outcome: string | null }>(
      'select number, part, outcome from send_attempts where message_id = $1 order by number',
      messageId,
    );
  const statusOf = (messageId: string) => db.stores.messages.findStatus(messageId, '*');

  it('ends for a message that does not exist', async () => {
    expect(await begin(randomUUID())).toEqual({ do: 'end' });
  });

  it('ends in a round that is over, and goes on in the new one', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await db.rows('update messages set round = 2 where id = $1', messageId);
    expect(await begin(messageId, 1)).toEqual({ do: 'end' });
    expect((await begin(messageId, 2)).do).toBe('send');
  });

  it('lets one of ten workers call that begin at once', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    const begun = await Promise.all(Array.from({ length: 10 }, () => begin(messageId)));
    expect(begun.filter((each) => each.do === 'send')).toHaveLength(1);
    const waiting = begun.filter((each) => each.do === 'wait');
    expect(waiting).toHaveLength(9);
    for (const each of waiting) expect(each).toMatchObject({ reason: 'attempt_in_flight' });
    expect(await attemptsOf(messageId)).toEqual([{ number: 1, part: 1, outcome: null }]);
  });

  it('waits out the lease of a call on its way, no longer', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await beginAttempt(db.stores, messageId);
    const waiting = await begin(messageId);
    if (waiting.do !== 'wait') throw new Error(waiting.do);
    expect(waiting.delayMs).toBeGreaterThan(10_000);
    expect(waiting.delayMs).toBeLessThanOrEqual(12_000);
  });

  it('calls the outcome of a lost worker unknown, and does not send again by itself', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await beginAttempt(db.stores, messageId);
    await endWait(db, messageId, 'lease_until');
    expect(await begin(messageId)).toEqual({ do: 'again' });
    expect(await begin(messageId)).toMatchObject({ do: 'wait', reason: 'awaiting_evidence' });
    const status = await statusOf(messageId);
    expect(status?.status).toBe('unconfirmed');
    expect(status?.errors).toMatchObject([{ class: 'unknown', code: 'lost_worker' }]);
    expect(await attemptsOf(messageId)).toHaveLength(1);
  });

  it('settles a lost worker once when two others find it', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await beginAttempt(db.stores, messageId);
    await endWait(db, messageId, 'lease_until');
    await Promise.all([begin(messageId), begin(messageId)]);
    const transitions = (await statusOf(messageId))?.transitions.map(({ status }) => status);
    expect(transitions).toEqual(['pending', 'unconfirmed']);
  });

  it('waits while the account is disabled, says so, and goes on when it is enabled', async () => {
    const disabled = await anAccount(db.stores);
    const { messageId, conversationId } = await accepted(db.stores, disabled.id);
    await db.stores.accounts.update(disabled.id, { enabled: false }, 'test');
    for (let times = 0; times < 2; times += 1)
      expect(await begin(messageId)).toEqual({
        do: 'wait',
        delayMs: null,
        reason: 'account_disabled',
      });
    expect(await eventsOf(db, conversationId)).toMatchObject([
      { type: 'message.delayed', data: { delay: { reason: 'account_disabled' } } },
    ]);
    await db.stores.accounts.update(disabled.id, { enabled: true }, 'test');
    expect((await begin(messageId)).do).toBe('send');
    expect(
      await db.rows(`select kind from outbox where target = $1 order by id`, messageId),
    ).toEqual([{ kind: 'send_message' }, { kind: 'wake_message' }]);
  });

  it('does not take the time of a disabled account from the message', async () => {
    const disabled = await anAccount(db.stores);
    const { messageId } = await accepted(db.stores, disabled.id);
    await db.stores.accounts.update(disabled.id, { enabled: false }, 'test');
    await db.rows(
      `update messages set became_head_at = now() - interval '26 hours' where id = $1`,
      messageId,
    );
    await db.rows(
      `update accounts set disabled_at = now() - interval '25 hours' where id = $1`,
      disabled.id,
    );
    await db.stores.accounts.update(disabled.id, { enabled: true }, 'test');
    const head = await db.value<number>(
      `select extract(epoch from now() - became_head_at)::float8 / 3600 from messages where id = $1`,
      messageId,
    );
    expect(head).toBeCloseTo(1, 1);
    const result = await tryOnce(db.stores, messageId, outcome.failed('unavailable'));
    expect(result.do).toBe('wait');
  });

  it('sends the parts of a long text one after another, and the message with the last', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id, { text: 'a|b|c' });
    const sent = [];
    for (const id of ['mid-a', 'mid-b', 'mid-c']) {
      const attempt = await beginAttempt(db.stores, messageId);
      const result = await db.stores.sends.record({
        attemptId: attempt.attemptId,
        outcome: outcome.sent(id),
        durationMs: 1,
      });
      sent.push([textOf(attempt.content), attempt.callbackData, result.do]);
    }
    expect(sent).toEqual([
      ['a|', messageId, 'next'],
      ['b|', `${messageId}/2`, 'next'],
      ['c', `${messageId}/3`, 'done'],
    ]);
    expect(await statusOf(messageId)).toMatchObject({
      status: 'sent',
      platformMessageId: 'mid-a',
      retryCount: 0,
      parts: [
        { platformMessageId: 'mid-a' },
        { platformMessageId: 'mid-b' },
        { platformMessageId: 'mid-c' },
      ],
    });
    expect((await eventsOf(db, conversationId)).map(({ type }) => type)).toEqual(['message.sent']);
  });

  it('counts the attempts of each part by itself, and leaves the rest unsent when one fails', async () => {
    const { messageId } = await accepted(db.stores, account.id, { text: 'a|b|c' });
    await tryOnce(db.stores, messageId, outcome.failed('transient'));
    await endWait(db, messageId, 'next_attempt_at');
    await tryOnce(db.stores, messageId, outcome.sent());
    for (let times = 0; times < 3; times += 1) {
      expect((await statusOf(messageId))?.status).toBe('pending');
      await tryOnce(db.stores, messageId, outcome.failed('transient'));
      await endWait(db, messageId, 'next_attempt_at');
    }
    const status = await statusOf(messageId);
    expect(status).toMatchObject({ status: 'failed', retryCount: 3 });
    expect(status?.parts.map((part) => part.status)).toEqual(['sent', 'pending', 'pending']);
    expect((await attemptsOf(messageId)).map(({ part }) => part)).toEqual([1, 1, 2, 2, 2]);
  });
});
