import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  accepted,
  anAccount,
  aWebhook,
  beginAttempt,
  customerMessage,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

describe('what should be running and is not', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    await db.rows('update messages set resolved_at = now() where resolved_at is null');
    await db.rows(`update webhook_deliveries set state = 'delivered'`);
    await db.rows('delete from outbox');
    account = await anAccount(db.stores);
  });
  afterAll(() => db.close());

  const find = (olderThanMs = 0) => db.stores.reconcile.findExpected(olderThanMs, 100);
  const outboxOf = (target: string) =>
    db.rows('select kind, round from outbox where target = $1 order by id', target);
  const clearOutbox = () => db.rows('delete from outbox');

  it('is not looked for while an outbox row still waits, nor before its time', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    expect(await find()).toEqual([]);
    await clearOutbox();
    expect(await find(60_000)).toEqual([]);
    expect(await find()).toEqual([{ kind: 'message', messageId, round: 1 }]);
  });

  it('is a head whose workflow somebody ended: it goes on in a new round', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await clearOutbox();
    const [expected] = await find();
    if (!expected) throw new Error('nothing was found');
    const revived = await Promise.all([1, 2, 3].map(() => db.stores.reconcile.revive(expected)));
    expect(revived.filter(Boolean)).toHaveLength(1);
    expect(await outboxOf(messageId)).toEqual([{ kind: 'send_message', round: 2 }]);
    // A reconciler that asked Temporal before the new round began comes too late with its answer.
    await clearOutbox();
    expect(await db.stores.reconcile.revive(expected)).toBe(false);
    expect(await beginAttempt(db.stores, messageId, 2)).toMatchObject({ number: 1 });
    const old = { messageId, round: 1, attemptId: randomUUID(), leaseMs: 1 };
    expect(await db.stores.sends.begin(old)).toEqual({ do: 'end' });
  });

  it('is not a message that was resolved in the meantime', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    await clearOutbox();
    const [expected] = await find();
    await tryOnce(db.stores, messageId, outcome.sent());
    await clearOutbox();
    expect(expected && (await db.stores.reconcile.revive(expected))).toBe(false);
    expect(await outboxOf(messageId)).toEqual([]);
  });

  it('is a conversation with events that nobody delivers', async () => {
    const customer = randomUUID();
    const { messages } = await db.stores.inbound.receive(
      aWebhook([customerMessage({ accountExternalId: account.externalId, customer })]),
    );
    const laneId = messages[0]?.conversationId ?? '';
    expect(await find()).toEqual([]);
    await clearOutbox();
    expect(await find()).toEqual([{ kind: 'lane', laneId }]);
    expect(await db.stores.reconcile.revive({ kind: 'lane', laneId })).toBe(true);
    expect(await outboxOf(laneId)).toEqual([{ kind: 'events_ready', round: null }]);
    expect(await db.stores.reconcile.revive({ kind: 'lane', laneId })).toBe(false);
  });

  it.each(['no head', 'a resolved head'])(
    'is a lane with waiting messages and %s',
    async (what) => {
      const recipientId = randomUUID();
      const first = await accepted(db.stores, account.id, { recipientId });
      const second = await accepted(db.stores, account.id, { recipientId });
      await clearOutbox();
      if (what === 'no head')
        await db.rows(
          'update conversations set head_message_id = null where id = $1',
          first.conversationId,
        );
      else await db.rows('update messages set resolved_at = now() where id = $1', first.messageId);
      expect(await db.stores.reconcile.advanceStuckLanes()).toBe(1);
      const expected = what === 'no head' ? first : second;
      expect(await outboxOf(expected.messageId)).toEqual([{ kind: 'send_message', round: 1 }]);
      expect(await db.stores.reconcile.advanceStuckLanes()).toBe(0);
    },
  );

  it('is nothing of a lane that moves', async () => {
    const recipientId = randomUUID();
    await accepted(db.stores, account.id, { recipientId });
    await accepted(db.stores, account.id, { recipientId });
    expect(await db.stores.reconcile.advanceStuckLanes()).toBe(0);
  });
});

describe('holding after a restore', () => {
  let db: TestStores;

  beforeAll(async () => void (db = await openTestStores()));
  afterAll(() => db.close());

  it('makes every open message unconfirmed, once, and sends none', async () => {
    const account = await anAccount(db.stores);
    const recipientId = randomUUID();
    const sent = await accepted(db.stores, account.id, { recipientId });
    await tryOnce(db.stores, sent.messageId, outcome.sent());
    const open = [
      await accepted(db.stores, account.id, { recipientId }),
      await accepted(db.stores, account.id, { recipientId }),
      await accepted(db.stores, account.id),
    ];
    await Promise.all([1, 2].map(() => db.stores.holds.holdOpenMessages()));
    for (const { messageId } of open) {
      const status = await db.stores.messages.findStatus(messageId, '*');
      expect(status).toMatchObject({ status: 'unconfirmed', error: { code: 'outbound_hold' } });
      expect(status?.transitions).toHaveLength(2);
      expect(
        await db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 1 }),
      ).toEqual({ do: 'end' });
    }
    expect((await db.stores.messages.findStatus(sent.messageId, '*'))?.status).toBe('sent');
    expect(await db.stores.holds.holdOpenMessages()).toBe(0);
  });
});
