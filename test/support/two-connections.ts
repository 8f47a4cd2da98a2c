import type { Database, Query } from '../../src/database/database.ts';
import { createStores, type Stores } from '../../src/database/stores.ts';
import { someChannels } from './builders.ts';
import { testConfig, until, type TestStores } from './database.ts';

/** Where a transaction stops. A pattern speaks of its SQL; the first statement that fits counts. */
export type Stop = { before: RegExp } | { after: RegExp } | 'before commit';

/** A statement as it is passed on, or null for one that is left out. */
export type Rewrite = (sql: string) => string | null;

/** Stores whose first transaction to get there stops and waits for the test. */
export type Held = {
  stores: Stores;
  reached: Promise<void>;
  letGo(): void;
};

/**
 * What a lock is made of, to be taken out. Most of them are taken more than once: a counter that is
 * raised locks its row as well, so that the explicit lock could go and nothing would show it.
 */
export const LOCKS = {
  /**
   * The row of a conversation: the explicit lock, the two counters on the row, and the trigger that
   * gives a new message its position, which leaves alone those that bring one.
   */
  lane: (sql: string) =>
    sql
      .replace(
        /(insert into messages\s*\()([^)]*\)\s*(?:values \(|select ))/,
        '$1position, $2(extract(epoch from clock_timestamp()) * 1000000)::bigint, ',
      )
      .replace(/(from conversations where id = any\(\$1\) order by id) for no key update/, '$1')
      .replace(
        /update conversations set (lane_seq|event_arrival) = \1 \+ 1(?:, last_activity_at = now\(\))?(\s+where [\s\S]*?)\s+returning \1/,
        'select $1 + 1 as $1 from conversations$2',
      ),
  /** All that is said of one platform id. */
  platformId: (sql: string) => (sql.includes('pg_advisory_xact_lock') ? null : sql),
  /** The endpoint, while a lane writes down that it waits for it. */
  endpoint: (sql: string) =>
    sql.includes('join webhook_endpoints')
      ? sql.replaceAll(/for (?:share|no key update)(?: of [ae])?/g, '')
      : sql,
  /** An outbox row, while a dispatcher makes its call. */
  outboxRow: (sql: string) =>
    sql.includes('from outbox') ? sql.replaceAll('for update skip locked', '') : sql,
  /** Only that a locked outbox row is passed over. */
  skipLocked: (sql: string) =>
    sql.includes('from outbox') ? sql.replaceAll('skip locked', '') : sql,
} satisfies Record<string, Rewrite>;

/** The same database, with this lock taken out of every statement. */
export function withoutLock(database: Database, rewrite: Rewrite): Database {
  const cut =
    (query: Query): Query =>
    async <Row>(sql: string, values?: readonly unknown[]) => {
      const passedOn = rewrite(sql);
      return passedOn === null ? [] : query<Row>(passedOn, values);
    };
  return {
    query: cut(database.query),
    transaction: (work) => database.transaction((tx) => work({ query: cut(tx.query) })),
  };
}

/** The stores over `database`. */
export function storesOver(db: TestStores, database: Database): Stores {
  return createStores(database, someChannels(), testConfig(db.url));
}

/** Stores over `database` whose first transaction to reach `stop` waits there. */
export function holdAt(db: TestStores, database: Database, stop: Stop): Held {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let stopped = false;
  async function wait(): Promise<void> {
    if (stopped) return;
    stopped = true;
    reached.resolve();
    await gate.promise;
  }
  const fits = (pattern: RegExp | null, sql: string) => pattern?.test(sql) === true;
  const before = typeof stop === 'object' && 'before' in stop ? stop.before : null;
  const after = typeof stop === 'object' && 'after' in stop ? stop.after : null;
  const held: Database = {
    query: database.query,
    transaction: (work) =>
      database.transaction(async (tx) => {
        const query: Query = async <Row>(sql: string, values?: readonly unknown[]) => {
          if (fits(before, sql)) await wait();
          const rows = await tx.query<Row>(sql, values);
          if (fits(after, sql)) await wait();
          return rows;
        };
        const result = await work({ query });
        if (stop === 'before commit') await wait();
        return result;
      }),
  };
  return { stores: storesOver(db, held), reached: reached.promise, letGo: gate.resolve };
}

/**
 * Runs `first` until it stands where it is held, then `second` until it has ended or waits for a
 * lock, then lets `first` go on. Gives back what became of both, and whether the second had to wait.
 */
export async function race<First, Second>(
  db: TestStores,
  held: Held,
  first: (stores: Stores) => Promise<First>,
  second: () => Promise<Second>,
): Promise<{ first: First; second: Second; waited: boolean }> {
  const one = first(held.stores);
  const missed = one.then(() => {
    throw new Error('the first transaction ended without coming to where it was to be held');
  });
  await Promise.race([held.reached, missed]);
  missed.catch(() => undefined);
  let ended = false;
  const two = second().finally(() => void (ended = true));
  two.catch(() => undefined);
  const waited = await until(async () => (ended ? 'no' : (await isWaiting(db)) && 'yes'));
  held.letGo();
  return { first: await one, second: await two, waited: waited === 'yes' };
}

async function isWaiting(db: TestStores): Promise<boolean> {
  return (
    (await db.value<number>(
      `select count(*)::int from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )) > 0
  );
}
