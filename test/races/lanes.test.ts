import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '../../src/database/database.ts';
import { accepted, anAccount, beginAttempt, outcome, tryOnce } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { holdAt, LOCKS, race, storesOver, withoutLock } from '../support/two-connections.ts';

/**
 * Two transactions that put something in the lane of one conversation in order. They are kept apart by
 * the row of the conversation: by the explicit lock before anything is read, and again by the counters
 * on it and by the trigger that gives a new message its position. The trigger alone
 * happens to be enough for a message that is accepted after another was resolved, not for one that is
 * cancelled or sent again; so the controls do without all of them.
 */
describe('two that meet in a lane', () => {
  let db: TestStores;
  let account: { id: string };
  let unlocked: Database;

  beforeAll(async () => {
    db = await openTestStores();
    account = await anAccount(db.stores);
    unlocked = withoutLock(db.database, LOCKS.lane);
  });
  afterAll(() => db.close());

  const headOf = (conversationId: string) =>
    db.value<string | null>(
      'select head_message_id from conversations where id = $1',
      conversationId,
    );
  const startsOf = async (...messageIds: string[]) =>
    (
      await db.rows<{ target: string }>(
        `select target from outbox where kind = 'send_message' and target = any($1) order by id`,
        messageIds,
      )
    ).map(({ target }) => target);
  const isOpen = (messageId: string) =>
    db.value<boolean>('select resolved_at is null from messages where id = $1', messageId);

  /** A head whose attempt is under way, and a lane to put more into. */
  async function aHeadInFlight() {
    const recipientId = randomUUID();
    const head = await accepted(db.stores, account.id, { recipientId });
    const { attemptId } = await beginAttempt(db.stores, head.messageId);
    return { ...head, recipientId, sent: { attemptId, outcome: outcome.sent(), durationMs: 1 } };
  }

  async function acceptWhileResolved(database: Database, firstIs: 'accept' | 'resolve') {
    const head = await aHeadInFlight();
    const held = holdAt(db, database, 'before commit');
    const other = storesOver(db, database);
    const { recipientId } = head;
    const { messageId, waited } =
      firstIs === 'accept'
        ? await race(
            db,
            held,
            (stores) => accepted(stores, account.id, { recipientId }),
            () => other.sends.record(head.sent),
          ).then((both) => ({ ...both, messageId: both.first.messageId }))
        : await race(
            db,
            held,
            (stores) => stores.sends.record(head.sent),
            () => accepted(other, account.id, { recipientId }),
          ).then((both) => ({ ...both, messageId: both.second.messageId }));
    return { messageId, waited, head: await headOf(head.conversationId) };
  }

  it.each(['accept', 'resolve'] as const)(
    'makes a message that is accepted while the head is resolved the next head (%s first)',
    async (firstIs) => {
      const { messageId, waited, head } = await acceptWhileResolved(db.database, firstIs);
      expect(waited).toBe(true);
      expect(head).toBe(messageId);
      expect(await startsOf(messageId)).toEqual([messageId]);
    },
  );

  it.each(['accept', 'resolve'] as const)(
    'would leave that message waiting for ever without the lock (%s first)',
    async (firstIs) => {
      const { messageId, head } = await acceptWhileResolved(unlocked, firstIs);
      expect(await isOpen(messageId)).toBe(true);
      expect(head).toBeNull();
      expect(await startsOf(messageId)).toEqual([]);
    },
  );

  /** Three wait; somebody cancels the second while the first is resolved. */
  async function cancelWhileResolved(database: Database) {
    const head = await aHeadInFlight();
    const given = { recipientId: head.recipientId };
    const second = await accepted(db.stores, account.id, given);
    const third = await accepted(db.stores, account.id, given);
    const { waited } = await race(
      db,
      holdAt(db, database, 'before commit'),
      (stores) => stores.messageActions.cancel(second.messageId, '*'),
      () => storesOver(db, database).sends.record(head.sent),
    );
    const lane = { second: second.messageId, third: third.messageId };
    return { ...lane, waited, head: await headOf(head.conversationId) };
  }

  it('passes over a message that is cancelled just when its turn comes', async () => {
    const { second, third, waited, head } = await cancelWhileResolved(db.database);
    expect(waited).toBe(true);
    expect(await isOpen(second)).toBe(false);
    expect(head).toBe(third);
    expect(await startsOf(third)).toEqual([third]);
  });

  it('would stand still behind the cancelled message without the lock', async () => {
    const { second, third, head } = await cancelWhileResolved(unlocked);
    expect(head).toBe(second);
    expect(await isOpen(second)).toBe(false);
    expect(await startsOf(third)).toEqual([]);
  });

  /** A message that failed, alone in its lane. */
  async function aFailedMessage() {
    const recipientId = randomUUID();
    const failed = await accepted(db.stores, account.id, { recipientId });
    await tryOnce(db.stores, failed.messageId, outcome.failed('refused'));
    await db.rows(`delete from outbox where target = $1`, failed.messageId);
    return { ...failed, recipientId };
  }

  async function requeueWhileAccepted(database: Database) {
    const failed = await aFailedMessage();
    const { recipientId } = failed;
    const { second } = await race(
      db,
      holdAt(db, database, 'before commit'),
      (stores) => stores.messageActions.resend(failed.messageId, '*'),
      () => accepted(storesOver(db, database), account.id, { recipientId }),
    );
    const ids = [failed.messageId, second.messageId];
    const places = await db.rows<{ lane_seq: string }>(
      'select lane_seq from messages where id = any($1) order by array_position($1, id)',
      ids,
    );
    return {
      requeued: failed.messageId,
      head: await headOf(failed.conversationId),
      starts: await startsOf(...ids),
      places: places.map(({ lane_seq }) => Number(lane_seq)),
    };
  }

  it('gives a message that is sent again and one that comes meanwhile two places', async () => {
    const { requeued, head, starts, places } = await requeueWhileAccepted(db.database);
    expect(places).toEqual([2, 3]);
    expect(head).toBe(requeued);
    expect(starts).toEqual([requeued]);
  });

  it('would start both, and the later one first, without the lock', async () => {
    const { requeued, head, starts, places } = await requeueWhileAccepted(unlocked);
    expect(places).toEqual([2, 2]);
    expect(starts).toHaveLength(2);
    expect(head).not.toBe(requeued);
  });

  async function resendTwice(database: Database) {
    const { messageId } = await aFailedMessage();
    const { second } = await race(
      db,
      holdAt(db, database, 'before commit'),
      (stores) => stores.messageActions.resend(messageId, '*'),
      () => storesOver(db, database).messageActions.resend(messageId, '*'),
    );
    const round = await db.value<number>('select round from messages where id = $1', messageId);
    return { second: second.kind, round };
  }

  it('sends a message again once when two people ask for it at a time', async () => {
    expect(await resendTwice(db.database)).toEqual({ second: 'wrong_state', round: 2 });
  });

  it('would send it again twice without the lock', async () => {
    expect(await resendTwice(unlocked)).toEqual({ second: 'done', round: 3 });
  });
});
