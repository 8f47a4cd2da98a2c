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
import { EXPECTED_KINDS, type Found } from '../../src/database/reconciling/expected.ts';
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

  /** A whole pass of every kind, page by page: of these, what is not another test's. */
  async function findAll(olderThanMs = 0, limit = 100): Promise<Found[]> {
    const found: Found[] = [];
    for (const kind of EXPECTED_KINDS)
      for (;;) {
        const page = await db.stores.reconcile.takePage(kind, {
          olderThanMs,
          everyMs: 60_000,
          limit,
        });
        if (page === null) break;
        found.push(...page);
      }
    await db.stores.reconcile.hasten();
    return found;
  }
  const find = async (olderThanMs = 0) =>
    (await findAll(olderThanMs)).flatMap((each) => (each.stands ? [] : [each.expected]));
  async function advanceStuckLanes(): Promise<number> {
    const standing = (await findAll()).filter(({ stands }) => stands);
    for (const { expected } of standing) await db.stores.reconcile.revive(expected);
    return standing.length;
  }
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
      expect(await advanceStuckLanes()).toBe(1);
      const expected = what === 'no head' ? first : second;
      expect(await outboxOf(expected.messageId)).toEqual([{ kind: 'send_message', round: 1 }]);
      expect(await advanceStuckLanes()).toBe(0);
    },
  );

  it('comes page by page, each once in a pass, however many stand before it', async () => {
    const heads = await Promise.all(
      Array.from({ length: 7 }, () => accepted(db.stores, account.id)),
    );
    const behind = Array.from({ length: 5 }, () => randomUUID());
    for (const customer of behind)
      await db.stores.inbound.receive(
        aWebhook([customerMessage({ accountExternalId: account.externalId, customer })]),
      );
    await clearOutbox();
    const found = await findAll(0, 3);
    const ids = found.flatMap(({ expected }) =>
      'messageId' in expected ? [expected.messageId] : [],
    );
    expect(ids.sort()).toEqual(heads.map(({ messageId }) => messageId).sort());
    expect(found.filter(({ expected }) => expected.kind === 'lane')).toHaveLength(5);
    expect(found).toHaveLength(12);
  });

  it('is shared by all who ask: each page goes to one of them', async () => {
    for (let count = 0; count < 9; count += 1) await accepted(db.stores, account.id);
    await clearOutbox();
    const options = { olderThanMs: 0, everyMs: 60_000, limit: 2 };
    const pages = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const own: Found[] = [];
        for (let tries = 0; tries < 20; tries += 1)
          own.push(...((await db.stores.reconcile.takePage('message', options)) ?? []));
        return own;
      }),
    );
    await db.stores.reconcile.hasten();
    const ids = pages
      .flat()
      .map(({ expected }) => ('messageId' in expected ? expected.messageId : ''));
    expect(new Set(ids).size).toBe(9);
    expect(ids).toHaveLength(9);
  });

  it('is nothing of a lane that moves', async () => {
    const recipientId = randomUUID();
    await accepted(db.stores, account.id, { recipientId });
    await accepted(db.stores, account.id, { recipientId });
    expect(await advanceStuckLanes()).toBe(0);
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
