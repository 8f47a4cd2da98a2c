import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createReplayBatch } from '../../src/activities/replay-batch.ts';
import type { BulkReplayView, NewBulkReplay } from '../../src/database/bulk-replay-store.ts';
import { createLogger } from '../../src/logger.ts';
import { accepted, anAccount, outcome, tryOnce } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { aDeadEvent, letterOf, post } from './events.ts';

let db: TestStores;
let account: { id: string; externalId: string };

beforeAll(async () => {
  db = await openTestStores();
});
afterAll(() => db.close());
beforeEach(async () => {
  account = await anAccount(db.stores);
});

const logger = createLogger({ service: 'test', level: 'error', pretty: false });
const stateOf = async (id: string) => (await db.stores.deadLetters.look(id))?.state;

function create(given: Partial<NewBulkReplay> = {}): Promise<BulkReplayView> {
  return db.stores.bulkReplays.create({
    accountId: account.id,
    kind: 'webhook',
    filter: {},
    ratePerSecond: 1,
    createdBy: 'key_1',
    ...given,
  });
}

describe('the list of bulk replays', () => {
  it('has each one once over its pages, newest first, of the accounts that may be seen', async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.unshift((await create()).id);
    const other = await anAccount(db.stores);
    await create({ accountId: other.id });
    const list = (cursor?: string) =>
      db.stores.bulkReplays.list([account.id], { limit: 2, cursor, accountId: account.id });
    const first = await list();
    const second = await list(first.nextCursor ?? undefined);
    const third = await list(second.nextCursor ?? undefined);
    const pages = [first, second, third];
    expect(pages.flatMap(({ items }) => items.map(({ id }) => id))).toEqual(made);
    expect(pages.map(({ nextCursor }) => nextCursor === null)).toEqual([false, false, true]);
    const foreign = await db.stores.bulkReplays.list([other.id], {
      limit: 9,
      accountId: account.id,
    });
    expect(foreign.items).toEqual([]);
  });
});

/** A batch of five (a rate of one), as the workflow runs them one after another. */
function batch(id: string, replay = db.stores.deadLetters.replay) {
  const run = createReplayBatch({
    bulkReplays: db.stores.bulkReplays,
    deadLetters: { replay },
    kick: () => undefined,
    pause: async () => undefined,
    logger,
  });
  return run({ bulkReplayId: id });
}

/** The CRM answers those that were replayed. */
async function comeToAnEnd(replayed: { laneId: string }[], statusCode: number): Promise<void> {
  for (const { laneId } of replayed) await post(db.stores, laneId, statusCode);
}

async function deadEvents(count: number, of = account) {
  const dead = [];
  for (let index = 0; index < count; index += 1) dead.push(await aDeadEvent(db, of));
  return dead;
}

describe('a bulk replay', () => {
  it('replays in batches until the last, counts, and is done', async () => {
    const dead = await deadEvents(7);
    const { id, total } = await create();
    expect(total).toBe(7);
    expect(await db.rows('select kind from outbox where target = $1', id)).toEqual([
      { kind: 'bulk_replay' },
    ]);
    expect(await batch(id)).toMatchObject({ state: 'running', replayed: 5, nextInMs: 0 });
    await comeToAnEnd(dead.slice(0, 5), 200);
    expect(await batch(id)).toMatchObject({ state: 'done', replayed: 7, skipped: 0 });
    expect(await db.stores.bulkReplays.find(id)).toMatchObject({
      state: 'done',
      replayed: 7,
      finishedAt: expect.any(Date),
    });
    for (const [at, { letterId }] of dead.entries())
      expect(await stateOf(letterId)).toBe(at < 5 ? 'resolved' : 'replaying');
  });

  it('never leaves its account', async () => {
    const other = await anAccount(db.stores);
    const [foreign] = await deadEvents(1, other);
    await deadEvents(1);
    expect(
      await db.stores.bulkReplays.preview({ accountId: account.id, kind: 'webhook', filter: {} }),
    ).toBe(1);
    const { id } = await create();
    expect(await batch(id)).toMatchObject({ state: 'done', replayed: 1 });
    expect(await stateOf(foreign?.letterId ?? '')).toBe('open');
  });

  it('takes what its filter names, and what is open', async () => {
    const [first, second] = await deadEvents(3);
    await db.stores.deadLetters.discard(first?.letterId ?? '');
    const preview = (filter: NewBulkReplay['filter'], kind: NewBulkReplay['kind'] = 'webhook') =>
      db.stores.bulkReplays.preview({ accountId: account.id, kind, filter });
    const at = await db.value<Date>(
      'select created_at from dead_letters where id = $1',
      second?.letterId,
    );
    const justAfter = new Date(at.getTime() + 1).toISOString();
    expect(await preview({})).toBe(2);
    expect(await preview({ reason: 'unauthorized' })).toBe(2);
    expect(await preview({ reason: 'expired' })).toBe(0);
    expect(await preview({ from: justAfter })).toBe(1);
    expect(await preview({ to: justAfter })).toBe(1);
    expect(await preview({}, 'message')).toBe(0);
  });

  it('leaves messages out that may have arrived', async () => {
    const telegram = await anAccount(db.stores, { channel: 'telegram' });
    const failed = await accepted(db.stores, telegram.id);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await db.rows('update messages set next_attempt_at = null where id = $1', failed.messageId);
      await tryOnce(db.stores, failed.messageId, outcome.failed('transient'));
    }
    const unknown = await accepted(db.stores, telegram.id);
    await tryOnce(db.stores, unknown.messageId, outcome.failed('unknown'));
    // As after the database was restored: nobody knows, and there is no attempt to show for it.
    const held = await accepted(db.stores, telegram.id);
    await db.stores.holds.holdOpenMessages();

    const { id, total } = await create({ accountId: telegram.id, kind: 'message' });
    expect(total).toBe(1);
    expect(await batch(id)).toMatchObject({ state: 'done', replayed: 1 });
    expect(await stateOf(await letterOf(db, failed.messageId))).toBe('replaying');
    expect(await stateOf(await letterOf(db, unknown.messageId))).toBe('open');
    expect(await stateOf(await letterOf(db, held.messageId))).toBe('open');
  });

  it('takes what was given up in the very millisecond before it', async () => {
    await deadEvents(1);
    const { id } = await create();
    await db.rows(
      `update bulk_replays set created_at = date_trunc('milliseconds', created_at)
              + interval '900 microseconds' where id = $1`,
      id,
    );
    await db.rows(
      `update dead_letters set opened_at = (select created_at - interval '1 microsecond'
         from bulk_replays where id = $1) where account_id = $2`,
      id,
      account.id,
    );
    expect(await batch(id)).toMatchObject({ replayed: 1 });
  });

  it('leaves alone what was given up after it began', async () => {
    await deadEvents(1);
    const { id } = await create();
    const [later] = await deadEvents(1);
    expect(await batch(id)).toMatchObject({ state: 'done', replayed: 1 });
    expect(await stateOf(later?.letterId ?? '')).toBe('open');
  });

  it('that crashed in the middle of a batch goes on, and replays nothing twice', async () => {
    const dead = await deadEvents(7);
    const { id } = await create();
    await batch(id);
    await comeToAnEnd(dead.slice(0, 5), 500);
    let left = 1;
    const crashing: typeof db.stores.deadLetters.replay = (...letter) => {
      if (left === 0) throw new Error('the worker died');
      left -= 1;
      return db.stores.deadLetters.replay(...letter);
    };
    await expect(batch(id, crashing)).rejects.toThrow('the worker died');
    // What the batch has replayed may have failed again before the next one looks.
    const again = dead[5];
    await post(db.stores, again?.laneId ?? '', 500);
    expect(await stateOf(again?.letterId ?? '')).toBe('open');
    expect(await batch(id)).toMatchObject({ state: 'done', replayed: 7, skipped: 0, total: 7 });
    const attempts = await db.rows<{ count: number }>(
      `select attempts as count from dead_letters where account_id = $1 order by created_at`,
      account.id,
    );
    expect(attempts.map(({ count }) => count)).toEqual([2, 2, 2, 2, 2, 2, 1]);
    expect(await stateOf(again?.letterId ?? '')).toBe('open');
    expect(await stateOf(dead[6]?.letterId ?? '')).toBe('replaying');
  });

  it('counts as skipped what somebody else has dealt with meanwhile', async () => {
    const dead = await deadEvents(2);
    const { id } = await create();
    const meanwhile: typeof db.stores.deadLetters.replay = async (...letter) => {
      if (letter[0] === dead[0]?.letterId) await db.stores.deadLetters.discard(letter[0]);
      return db.stores.deadLetters.replay(...letter);
    };
    expect(await batch(id, meanwhile)).toMatchObject({ replayed: 1, skipped: 1 });
  });

  it('counts as skipped what was dealt with before its batch began', async () => {
    const dead = await deadEvents(3);
    const { id } = await create();
    await db.stores.deadLetters.discard(dead[1]?.letterId ?? '');
    expect(await batch(id)).toMatchObject({ state: 'done', replayed: 2, skipped: 1, total: 3 });
  });

  it('keeps to its rate within a batch', async () => {
    await deadEvents(3);
    const { id } = await create({ ratePerSecond: 2 });
    const waits: number[] = [];
    const run = createReplayBatch({
      bulkReplays: db.stores.bulkReplays,
      deadLetters: db.stores.deadLetters,
      kick: () => undefined,
      pause: async (ms) => waits.push(ms),
      logger,
    });
    await run({ bulkReplayId: id });
    // Nothing has really been waited for, so each waits for the time of all before it as well.
    for (const [at, ms] of waits.entries()) {
      expect(ms).toBeGreaterThan(500 * at);
      expect(ms).toBeLessThanOrEqual(500 * (at + 1));
    }
    expect(waits).toHaveLength(3);
  });

  it('goes no faster than what it has replayed comes to an end', async () => {
    const dead = await deadEvents(12);
    const { id } = await create();
    expect(await batch(id)).toMatchObject({ state: 'running', replayed: 5, nextInMs: 0 });
    // Nothing has come to an end: a while goes by before the next look.
    expect(await batch(id)).toMatchObject({ state: 'running', replayed: 5, nextInMs: 10_000 });
    await comeToAnEnd(dead.slice(0, 1), 500);
    expect(await batch(id)).toMatchObject({ state: 'running', replayed: 6, nextInMs: 0 });
    await comeToAnEnd(dead.slice(1, 6), 200);
    expect(await batch(id)).toMatchObject({ state: 'running', replayed: 11 });
    await comeToAnEnd(dead.slice(6, 7), 200);
    expect(await batch(id)).toMatchObject({ state: 'done', replayed: 12, skipped: 0 });
  });

  it('of events whose endpoint is down hastens one probe, not one for each', async () => {
    const dead = await deadEvents(3);
    await db.rows(
      `update webhook_endpoints set breaker_state = 'open', next_probe_at = now() + interval '1 minute'
        where account_id = $1`,
      account.id,
    );
    const nextIn = () =>
      db.value<number>(
        `select extract(epoch from next_probe_at - now())::float8 from webhook_endpoints
          where account_id = $1`,
        account.id,
      );
    await db.stores.deadLetters.replay(dead[0]?.letterId ?? '');
    const first = await nextIn();
    expect(first).toBeGreaterThan(1);
    expect(first).toBeLessThanOrEqual(5);
    await batch((await create()).id);
    expect(await nextIn()).toBeLessThanOrEqual(first);
  });

  it('stops when it is paused, goes on when it is resumed, and ends when it is cancelled', async () => {
    const dead = await deadEvents(12);
    const { id } = await create();
    const { setState } = db.stores.bulkReplays;
    await batch(id);
    expect(await setState(id, 'paused', 'key_2')).toMatchObject({ state: 'paused' });
    await comeToAnEnd(dead.slice(0, 5), 200);
    expect(await batch(id)).toMatchObject({ state: 'paused', replayed: 5 });
    expect(await setState(id, 'running', 'key_2')).toMatchObject({ state: 'running' });
    expect(await batch(id)).toMatchObject({ state: 'running', replayed: 10 });
    expect(await setState(id, 'cancelled', 'key_2')).toMatchObject({
      state: 'cancelled',
      finishedAt: expect.any(Date),
    });
    expect(await batch(id)).toMatchObject({ state: 'cancelled', replayed: 10 });
    for (const state of ['running', 'paused', 'cancelled'] as const)
      expect(await setState(id, state, 'key_2')).toBeNull();
    expect(await db.rows('select kind from outbox where target = $1', id)).toHaveLength(4);
    const audit = await db.rows<{ action: string }>(
      'select actor, action from audit_log where subject = $1 order by id',
      id,
    );
    expect(audit).toEqual([
      { actor: 'key_1', action: 'bulk_replay.create' },
      { actor: 'key_2', action: 'bulk_replay.paused' },
      { actor: 'key_2', action: 'bulk_replay.running' },
      { actor: 'key_2', action: 'bulk_replay.cancelled' },
    ]);
  });

  it('paused during its last batch is done only after it was resumed', async () => {
    await deadEvents(1);
    const { id } = await create();
    const pausing: typeof db.stores.deadLetters.replay = async (...letter) => {
      await db.stores.bulkReplays.setState(id, 'paused', 'key_2');
      return db.stores.deadLetters.replay(...letter);
    };
    await batch(id, pausing);
    expect(await db.stores.bulkReplays.find(id)).toMatchObject({ state: 'paused', replayed: 1 });
    await db.stores.bulkReplays.setState(id, 'running', 'key_2');
    expect(await batch(id)).toMatchObject({ state: 'done', replayed: 1 });
  });
});
