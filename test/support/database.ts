import type { MikroORM } from '@mikro-orm/postgresql';
import { loadConfig, type Config } from '../../src/config.ts';
import { mirrorSetting } from '../../src/crm/mysql/settings.ts';
import { createDatabase, type Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { createOrm } from '../../src/database/orm.ts';
import { createStores, type Stores } from '../../src/database/stores.ts';
import { someChannels } from './builders.ts';
import { createTestDatabase } from './postgres.ts';

/** The stores over an empty, migrated database of the test file's own. */
export type TestStores = {
  url: string;
  orm: MikroORM;
  database: Database;
  stores: Stores;
  /** The rows of one statement, for looking at what a store has written. */
  rows<Row = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<Row[]>;
  /** The only column of the only row. */
  value<Value>(sql: string, ...values: unknown[]): Promise<Value>;
  close(): Promise<void>;
};

/** A key ring of one key: what it seals is thrown away with the database. */
export const ENCRYPTION_KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;

/** The configuration of a test; everything that is not given has its default. */
export function testConfig(url: string, environment: Record<string, string> = {}): Config {
  return loadConfig({ ENVIRONMENT: 'test', DATABASE_URL: url, ENCRYPTION_KEYS, ...environment });
}

/** Makes a database, brings it up to date and opens every store over it. Takes about half a second. */
export async function openTestStores(
  environment: Record<string, string> = {},
): Promise<TestStores> {
  const { url, drop } = await createTestDatabase();
  const orm = await createOrm({ url, poolSize: 20 });
  await migrate(orm);
  const config = testConfig(url, environment);
  const mirror = mirrorSetting(config).state === 'on';
  const database = await createDatabase(orm, { mirror });
  const rows: TestStores['rows'] = (sql, ...values) => database.query(sql, values);
  return {
    url,
    orm,
    database,
    stores: createStores(database, someChannels(), config),
    rows,
    async value<Value>(sql: string, ...values: unknown[]) {
      const [row] = await rows(sql, ...values);
      return Object.values(row ?? {})[0] as Value;
    },
    async close() {
      await orm.close();
      await drop();
    },
  };
}

/** Asks again until `check` holds; throws what it last threw, or says so, after `withinMs`. */
export async function until<T>(
  check: () => Promise<T | undefined | false>,
  withinMs = 5_000,
): Promise<T> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const result = await check();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > endsAt) throw new Error('what the test waits for did not happen');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The events of a lane that the CRM is to be told, in the order of their arrival. */
export async function eventsOf(db: TestStores, laneId: string) {
  const rows = await db.rows<{ type: string; data: string; state: string }>(
    'select type, data, state from webhook_deliveries where lane_id = $1 order by arrival',
    laneId,
  );
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }));
}

/** Lets the wait of a message, or of one of its attempts, be over now. */
export async function endWait(
  db: TestStores,
  messageId: string,
  wait: 'next_attempt_at' | 'lease_until' | 'evidence_until',
): Promise<void> {
  const [table, id] =
    wait === 'next_attempt_at' ? ['messages', 'id'] : ['send_attempts', 'message_id'];
  await db.rows(
    `update ${table} set ${wait} = now() - interval '1 second' where ${id} = $1 and ${wait} is not null`,
    messageId,
  );
}

/** How many deadlocks PostgreSQL had to break for some work, which gets connections of its own. */
export async function countDeadlocks(
  db: TestStores,
  work: (stores: Stores) => Promise<unknown>,
): Promise<number> {
  const url = new URL(db.url);
  url.searchParams.set('application_name', 'count-deadlocks');
  const deadlocks = () =>
    db.value<string>('select deadlocks from pg_stat_database where datname = current_database()');
  const before = Number(await deadlocks());
  const orm = await createOrm({ url: url.href, poolSize: 20 });
  try {
    const database = await createDatabase(orm);
    await work(createStores(database, someChannels(), testConfig(url.href)));
  } finally {
    await orm.close();
  }
  // A connection reports what it has counted when it ends.
  const open = `select count(*)::int from pg_stat_activity where application_name = 'count-deadlocks'`;
  await until(async () => (await db.value<number>(open)) === 0);
  return Number(await deadlocks()) - before;
}
