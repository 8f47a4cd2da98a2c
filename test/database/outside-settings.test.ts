import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { checkWritable } from '../../src/database/check-writable.ts';
import { createDatabase, type Database } from '../../src/database/database.ts';
import { createOrm } from '../../src/database/orm.ts';
import { createStores } from '../../src/database/stores.ts';
import {
  accepted,
  anAccount,
  aWebhook,
  customerMessage,
  outcome,
  someChannels,
  tryOnce,
} from '../support/builders.ts';
import { openTestStores, testConfig, type TestStores } from '../support/database.ts';

/** What somebody may have set for the database, the role or the server, and what none of it may change. */
const SETTINGS: Record<string, Record<string, string>> = {
  'days before months': { datestyle: 'SQL, DMY' },
  'German dates': { datestyle: 'German' },
  'dates of old': { datestyle: 'Postgres, MDY', timezone: 'America/St_Johns' },
  'serializable transactions': { default_transaction_isolation: 'serializable' },
  'repeatable reads': { default_transaction_isolation: 'repeatable read' },
  'transactions that only read': { default_transaction_read_only: 'on' },
  'no patience for locks': { lock_timeout: '1ms' },
  'no patience for statements': { statement_timeout: '200ms' },
  'no patience for transactions': { transaction_timeout: '50ms' },
  'no patience for the idle': {
    idle_in_transaction_session_timeout: '1ms',
    idle_session_timeout: '1s',
  },
  'other forms of values': {
    intervalstyle: 'sql_standard',
    bytea_output: 'escape',
    extra_float_digits: '-15',
    standard_conforming_strings: 'off',
    array_nulls: 'off',
    transform_null_equals: 'on',
  },
  'no triggers and no foreign keys': { session_replication_role: 'replica' },
  'odd readings of text and plans': {
    backslash_quote: 'off',
    client_encoding: 'LATIN1',
    plan_cache_mode: 'force_generic_plan',
    xmloption: 'document',
  },
  'several at once': {
    datestyle: 'SQL, DMY',
    timezone: 'Pacific/Apia',
    default_transaction_isolation: 'serializable',
    default_transaction_read_only: 'on',
    lock_timeout: '1ms',
    synchronous_commit: 'off',
  },
};

describe('what somebody has set for the database', () => {
  let db: TestStores;
  let name: string;
  const opened: { close(): Promise<unknown> }[] = [];

  beforeAll(async () => {
    db = await openTestStores();
    name = new URL(db.url).pathname.slice(1);
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    await db.rows(`alter database "${name}" reset all`);
  });
  afterAll(() => db.close());

  /** A process that starts now, with these settings lying in wait for it. */
  async function open(settings: Record<string, string>) {
    for (const [setting, value] of Object.entries(settings)) {
      const literal = value.includes(', ') ? value : `'${value}'`;
      await db.rows(`alter database "${name}" set ${setting} = ${literal}`);
    }
    const orm = await createOrm({ url: db.url, poolSize: 8 });
    opened.push(orm);
    const database: Database = await createDatabase(orm);
    return { database, stores: createStores(database, someChannels(), testConfig(db.url)) };
  }

  it.each(Object.entries(SETTINGS))('changes nothing: %s', async (_what, settings) => {
    const { database, stores } = await open(settings);
    await checkWritable(database);
    const account = await anAccount(stores);
    const recipientId = randomUUID();
    const before = Date.now();
    // All into one lane: they wait for each other, and those with snapshots would be in conflict.
    const messages = await Promise.all(
      Array.from({ length: 12 }, () => accepted(stores, account.id, { recipientId })),
    );
    expect(messages).toHaveLength(12);
    await stores.inbound.receive(
      aWebhook([customerMessage({ accountExternalId: account.externalId, customer: recipientId })]),
    );
    const [{ messageId } = { messageId: '' }] = await database.query<{ messageId: string }>(
      'select head_message_id as "messageId" from conversations where id = $1',
      [messages[0]?.conversationId],
    );
    await tryOnce(stores, messageId, outcome.sent());
    const status = await stores.messages.findStatus(messageId, '*');
    expect(status?.status).toBe('sent');
    const at = status?.transitions.at(-1)?.at;
    expect(Math.abs((at?.getTime() ?? 0) - before)).toBeLessThan(60_000);
    const [rows] = await database.query<{ a: unknown; b: unknown; list: unknown; commits: string }>(
      `select $1::bytea as a, 0.1::float8 + 0.2::float8 as b, $2::text[] as list,
              current_setting('synchronous_commit') as commits`,
      [Buffer.from([0, 255]), ['x', null]],
    );
    expect(rows).toEqual({
      a: Buffer.from([0, 255]),
      b: 0.1 + 0.2,
      list: ['x', null],
      commits: 'on',
    });
  });

  it('is refused before anything is committed where times come in no known form', async () => {
    const { database } = await open({});
    const failed = database.transaction(async (tx) => {
      await tx.query(`set local datestyle = 'German'`);
      await tx.query(`insert into heartbeats (name) values ('unreadable')`);
      await tx.query('select now()');
    });
    await expect(failed).rejects.toMatchObject({ code: '22007' });
    expect(await db.rows(`select 1 from heartbeats where name = 'unreadable'`)).toEqual([]);
  });

  it('is no transaction that failed and was committed all the same', async () => {
    const { database } = await open({});
    const failed = database.transaction(async (tx) => {
      await tx.query(`insert into heartbeats (name) values ('half')`);
      await tx.query('select 1 / 0').catch(() => undefined);
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(await db.rows(`select 1 from heartbeats where name = 'half'`)).toEqual([]);
  });

  it('goes on when a column gets another type while processes run', async () => {
    const { database } = await open({});
    await db.rows('create table widened (n int, at timestamptz)');
    await db.rows('insert into widened values (1, now())');
    const read = () => database.transaction((tx) => tx.query('select n, at from widened'));
    expect(await Promise.all([read(), read(), read()])).toHaveLength(3);
    await db.rows('alter table widened alter column n type bigint');
    expect(await read()).toMatchObject([{ n: '1' }]);
    await db.rows('alter table widened alter column at type timestamptz(3)');
    expect(await Promise.all([read(), read(), read(), read()])).toHaveLength(4);
  });

  it('is seen where nothing can be written, and is over when it can', async () => {
    const { database } = await open({});
    await checkWritable(database);
    await db.rows('alter table heartbeats rename to heartbeats_away');
    await expect(checkWritable(database)).rejects.toMatchObject({ code: '42P01' });
    await db.rows('alter table heartbeats_away rename to heartbeats');
    await checkWritable(database);
  });
});
