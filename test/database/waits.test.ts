import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SendOutcome } from '../../src/domain/outcome.ts';
import { accepted, anAccount, outcome, tryOnce } from '../support/builders.ts';
import { endWait, eventsOf, openTestStores, type TestStores } from '../support/database.ts';

const MINUTES = 120_000;
const NEVER = {
  ...{ outboxMs: 1e12, workerMs: 1e12, backlogMs: 1e12, endpointDownMs: 1e12 },
  ...{ messageP95Ms: 1e12, mirrorMs: 1e12, delayedMs: 60_000 },
};

describe('whatever a message waits for', () => {
  let db: TestStores;
  beforeAll(async () => void (db = await openTestStores({ OUTBOUND_RETRY_DELAYS: '120,120' })));
  afterAll(() => db.close());

  type Head = { accountId: string; messageId: string };
  const begin = (messageId: string) =>
    db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 12_000 });
  const by = (result: SendOutcome) => (head: Head) => tryOnce(db.stores, head.messageId, result);
  const update = (accountId: string, enabled: boolean) =>
    db.stores.accounts.update(accountId, { enabled }, 'test');
  const lose = async ({ messageId }: Head) => {
    await tryOnce(db.stores, messageId, outcome.failed('unknown'));
    await endWait(db, messageId, 'evidence_until');
    await begin(messageId);
  };
  const setHold = ({ accountId }: Head) =>
    db.rows(
      `update accounts set settings = '{"on_unknown_outcome": "hold"}' where id = $1`,
      accountId,
    );
  const throttled = (scope: 'recipient' | 'account', code = '4') => ({
    ...outcome.throttled({ scope, retryAfterMs: MINUTES }),
    code,
  });

  /** How it comes about, what its status says, and whether a time is known. */
  const WAITS: [name: string, reason: string, timed: boolean, arise: (head: Head) => unknown][] = [
    ['a temporary failure', 'retry', true, by(outcome.failed('transient'))],
    ['the limit of a recipient', 'throttled', true, by(throttled('recipient'))],
    ['our own pace', 'throttled', true, by(throttled('recipient', 'paced'))],
    ['the limit of the account', 'throttled', true, by(throttled('account'))],
    ['a platform out of reach', 'unavailable', true, by(outcome.failed('unavailable'))],
    [
      'an open circuit breaker',
      'unavailable',
      true,
      by({ class: 'unavailable', code: 'circuit_open', message: 'No call was made.' }),
    ],
    ['a paused account', 'account_paused', false, by(outcome.failed('unauthorized'))],
    [
      'a disabled account',
      'account_disabled',
      false,
      async ({ accountId, messageId }) => {
        await update(accountId, false);
        await begin(messageId);
      },
    ],
    [
      'others to be tried after a resume',
      'account_refusal',
      true,
      async (head) => {
        await by(outcome.failed('unauthorized'))(head);
        // Told of as a pause, it would not be told of once more: it is the same wait.
        await db.rows('update messages set delayed_at = null where id = $1', head.messageId);
        await db.rows('delete from webhook_deliveries where message_id = $1', head.messageId);
        await update(head.accountId, true);
        await by(outcome.failed('unauthorized'))(head);
      },
    ],
    ['proof', 'awaiting_evidence', true, by(outcome.failed('unknown'))],
    [
      'a person',
      'held',
      false,
      async (head) => {
        await setHold(head);
        await lose(head);
      },
    ],
  ];

  it.each(WAITS)(
    '(%s) it says so, as does the one behind it, and both are told of once',
    async (_name, reason, timed, arise) => {
      const account = await anAccount(db.stores);
      const recipientId = randomUUID();
      const head = await accepted(db.stores, account.id, { recipientId });
      const behind = await accepted(db.stores, account.id, { recipientId });
      await arise({ accountId: account.id, messageId: head.messageId });

      const status = await db.stores.messages.findStatus(head.messageId, '*');
      expect(status?.waitReason).toBe(reason);
      expect(status?.nextAttemptAt !== null).toBe(timed);
      expect(await db.stores.messages.findStatus(behind.messageId, '*')).toMatchObject({
        waitReason: 'behind_another',
        nextAttemptAt: status?.nextAttemptAt,
      });

      const page = { limit: 10, cursor: undefined };
      const history = await db.stores.conversations.listMessages(head.conversationId, '*', page);
      const shown = new Map(history?.items.map((each) => [each.id, each]));
      expect(shown.get(head.messageId)).toMatchObject({ waitReason: reason });
      expect(shown.get(behind.messageId)).toMatchObject({
        waitReason: 'behind_another',
        nextAttemptAt: status?.nextAttemptAt,
      });
      expect((await db.stores.outlooks.ofConversation(head.conversationId, '*'))?.queue).toEqual({
        waiting: 2,
        nextAttemptAt: status?.nextAttemptAt,
        waitReason: reason,
      });

      await aMinuteLater(account.id);
      for (let times = 0; times < 2; times += 1) await db.stores.delays.announce(1000);
      const delays = (await eventsOf(db, head.conversationId))
        .filter(({ type }) => type === 'message.delayed')
        .map(({ data }) => [data['message_id'], (data['delay'] as { reason: string }).reason]);
      expect(delays).toEqual([
        [head.messageId, reason],
        [behind.messageId, 'behind_another'],
      ]);

      await db.rows(
        `update messages set delayed_at = delayed_at - interval '2 minutes' where account_id = $1`,
        account.id,
      );
      await db.stores.alerts.evaluate(NEVER);
      expect(await openAlerts(account.id)).toContain('messages_delayed');
      await db.rows('update messages set resolved_at = now() where account_id = $1', account.id);
      await db.stores.alerts.evaluate(NEVER);
      expect(await openAlerts(account.id)).not.toContain('messages_delayed');
    },
  );

  it('a message that is on its way is not called delayed within a minute, nor a settled one ever', async () => {
    const account = await anAccount(db.stores);
    const settled = await accepted(db.stores, account.id);
    const young = await accepted(db.stores, account.id);
    await tryOnce(db.stores, settled.messageId, outcome.sent());
    await db.rows(
      `update messages set queued_at = now() - interval '1 hour' where id = $1`,
      settled.messageId,
    );
    await db.stores.delays.announce(1000);
    for (const { conversationId } of [settled, young])
      expect(await typesOf(conversationId)).not.toContain('message.delayed');
  });

  it('a message that was put back is young again', async () => {
    const account = await anAccount(db.stores);
    const { messageId, conversationId } = await accepted(db.stores, account.id);
    await tryOnce(db.stores, messageId, outcome.failed('refused'));
    await aMinuteLater(account.id);
    await db.stores.messageActions.resend(messageId, '*');
    await db.stores.delays.announce(1000);
    expect(await typesOf(conversationId)).toEqual(['message.failed']);
  });

  const typesOf = async (laneId: string) => (await eventsOf(db, laneId)).map(({ type }) => type);
  const aMinuteLater = (accountId: string) =>
    db.rows(
      `update messages set queued_at = queued_at - interval '2 minutes' where account_id = $1`,
      accountId,
    );
  const openAlerts = async (accountId: string) => {
    const { items } = await db.stores.alerts.list([accountId], { limit: 50, open: true });
    return items.map(({ cause }) => cause);
  };
});
