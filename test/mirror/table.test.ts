import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MirrorError, type CrmTable, type MirrorErrorFields } from '../../src/crm/mirror.ts';
import { createMysqlTable } from '../../src/crm/mysql/mysql-table.ts';
import type { MysqlSettings } from '../../src/crm/mysql/settings.ts';
import { freePort } from '../../src/local/ports.ts';
import { openMysqlProxy } from '../support/mysql-proxy.ts';
import { ALL_COLUMNS, createCrmDatabase, type CrmDatabaseOptions } from '../support/mysql.ts';
import { startOwnMysql, type OwnMysql } from '../support/own-mysql.ts';
import { aMirrorMessage, writeMessages } from './a-message.ts';

// Its global settings are changed here, which other test files must not notice.
let server: OwnMysql;
beforeAll(async () => void (server = await startOwnMysql()));
afterAll(() => server?.close());

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function aDatabase(options: CrmDatabaseOptions = {}) {
  const crm = await createCrmDatabase({ ...options, server: server.url });
  open.push({ close: crm.drop });
  return crm;
}
function aTable(settings: MysqlSettings, change: Partial<MysqlSettings> = {}): CrmTable {
  const table = createMysqlTable({ ...settings, ...change });
  open.push(table);
  return table;
}

/** What a failure says, once it is one of ours. */
async function failureOf(work: Promise<unknown>): Promise<MirrorErrorFields> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (failure: unknown) => failure,
  );
  if (!(error instanceof MirrorError)) throw error;
  return error.fields;
}

describe('a look at the table', () => {
  it('finds nothing wrong with a table that has what it needs, by INSERT alone', async () => {
    const crm = await aDatabase({ rights: 'insert' });
    expect(await aTable(crm.settings).check()).toEqual({
      problems: [],
      lacking: Object.keys(ALL_COLUMNS),
      canSelect: false,
    });
  });

  it('names columns that are missing or of a type that takes no such value', async () => {
    const crm = await aDatabase({
      columns: { username: null, direction: 'int', created_at: 'date', user_id: 'int' },
    });
    expect((await aTable(crm.settings).check()).problems).toEqual([
      'column user_id has the type int; it needs a text type, or bigint',
      'column username is missing',
      "column direction has the type int; it needs a text type, or an enum with 'in' and 'out'",
      'column created_at has the type date; it needs datetime or timestamp',
    ]);
  });

  it('leaves columns alone that are somebody else’s by the same name', async () => {
    const crm = await aDatabase({
      columns: {
        id: 'bigint not null',
        message_id: 'bigint not null auto_increment primary key',
        status: "enum('open', 'closed') null",
        conversation_id: 'varchar(8) null',
      },
    });
    const report = await aTable(crm.settings).check();
    expect(report.lacking).toEqual(Object.keys(ALL_COLUMNS));
    await crm.sql('alter table messages alter id set default 0');
    await writeMessages(aTable(crm.settings), [aMirrorMessage()]);
    expect(await crm.rows()).toMatchObject([{ message_id: '1', status: null }]);
  });

  it('says that there is no such table, and that nothing may be inserted', async () => {
    const crm = await aDatabase({ rights: 'select' });
    expect((await aTable(crm.settings).check()).problems).toContain(
      'column message: INSERT is not granted',
    );
    const away = aTable(crm.settings, { table: 'messages_2' });
    expect((await away.check()).problems).toEqual(['there is no table messages_2']);
  });
});

describe('a failure of the CRM’s database', () => {
  it.each([
    [
      'a wrong password',
      { password: 'wrong' },
      { fault: 'denied', errno: 1045, sqlState: '28000' },
    ],
    ['a database that is not there', { database: 'nothing' }, { errno: expect.any(Number) }],
  ])('is told by code and number: %s', async (_name, change, expected) => {
    const crm = await aDatabase();
    const failure = await failureOf(aTable(crm.settings, change).check());
    expect(failure).toMatchObject(expected);
    expect(JSON.stringify(failure)).not.toContain(crm.settings.password);
  });

  it('is that nobody answers at its port', async () => {
    const crm = await aDatabase();
    const failure = await failureOf(aTable(crm.settings, { port: await freePort() }).check());
    expect(failure).toMatchObject({ fault: 'unavailable', code: 'ECONNREFUSED', errno: null });
  });

  it.each([
    ['drop table messages', { fault: 'schema', errno: 1146, sqlState: '42S02' }],
    ['alter table messages drop column username', { fault: 'schema', column: 'username' }],
    ['alter table messages add subject int not null', 'passes or is refused'],
  ])('is noticed while it writes: %s', async (change, expected) => {
    const crm = await aDatabase();
    const table = aTable(crm.settings);
    const failure = table.whileLocked(async (writer) => {
      await crm.sql(change);
      await writer.insert([writer.fit(aMirrorMessage())]);
    });
    if (typeof expected === 'string') {
      const found = await failureOf(failure);
      expect(found).toMatchObject({ fault: 'schema', errno: 1364, sqlState: 'HY000' });
    } else expect(await failureOf(failure)).toMatchObject(expected);
  });

  it.each([
    ['STRICT_TRANS_TABLES', { fault: 'refused', column: 'user_id' }],
    ['', { fault: 'refused', code: 'WARNING', column: 'user_id' }],
  ])('is a value that the column would change, in SQL mode “%s” too', async (mode, expected) => {
    const crm = await aDatabase({ columns: { user_id: 'bigint not null' } });
    const table = aTable(crm.settings);
    await crm.sql(`set global sql_mode = '${mode}'`);
    try {
      const rows = [aMirrorMessage(), aMirrorMessage({ userId: 'not-a-number' })];
      expect(await failureOf(writeMessages(table, rows))).toMatchObject(expected);
    } finally {
      await crm.sql('set global sql_mode = default');
    }
    expect(await crm.rows()).toEqual([]);
  });

  it.each([
    ['a key', 'add unique key one (user_id)', 1062],
    ['a check', "add constraint words check (message <> 'hello')", null],
    ['a foreign key', 'add foreign key (user_id) references people (id)', 1452],
  ])('is %s of the table that refuses the row', async (_name, change, errno) => {
    const crm = await aDatabase();
    await crm.sql('create table people (id varchar(64) not null primary key)');
    await crm.sql(`alter table messages ${change}`);
    const failure = await failureOf(
      writeMessages(aTable(crm.settings), [aMirrorMessage(), aMirrorMessage()]),
    );
    expect(failure.fault).toBe('refused');
    if (errno !== null) expect(failure.errno).toBe(errno);
    expect(JSON.stringify(failure)).not.toMatch(/hello|17841400000000123/);
    expect(await crm.rows()).toEqual([]);
  });

  it('is another writer that has the lock, and a lock on the table itself', async () => {
    const crm = await aDatabase();
    const table = aTable(crm.settings, { timeoutMs: 6_000 });
    await table.whileLocked(async () => {
      const second = await failureOf(writeMessages(aTable(crm.settings), [aMirrorMessage()]));
      expect(second).toMatchObject({ fault: 'busy', code: 'LOCKED' });
    });
    await crm.sql('lock tables messages write');
    const waited = await failureOf(
      writeMessages(aTable(crm.settings, { timeoutMs: 2_000 }), [aMirrorMessage()]),
    );
    expect(waited).toMatchObject({ fault: 'busy', errno: 1205 });
    await crm.sql('unlock tables');
    await writeMessages(table, [aMirrorMessage()]);
    expect(await crm.rows()).toHaveLength(1);
  }, 40_000);

  it('is a server that takes no writes', async () => {
    const crm = await aDatabase();
    const table = aTable(crm.settings);
    const failure = table.whileLocked(async (writer) => {
      await crm.sql('set global read_only = 1');
      await writer.insert([writer.fit(aMirrorMessage())]);
    });
    try {
      expect(await failureOf(failure)).toMatchObject({ fault: 'read_only', errno: 1290 });
    } finally {
      await crm.sql('set global read_only = 0');
    }
    await writeMessages(table, [aMirrorMessage()]);
  });

  it.each([
    ['sql_select_limit', '1'],
    ['completion_type', "'RELEASE'"],
    ['completion_type', "'CHAIN'"],
  ])(
    'is none of the settings that the server begins sessions with: %s = %s',
    async (name, value) => {
      const crm = await aDatabase();
      await crm.sql(`set global ${name} = ${value}`);
      try {
        const table = aTable(crm.settings);
        await table.check();
        for (const text of ['one', 'two'])
          await writeMessages(table, [aMirrorMessage({ text }), aMirrorMessage({ text })]);
      } finally {
        await crm.sql(`set global ${name} = default`);
      }
      expect(await crm.rows()).toHaveLength(4);
    },
  );

  it('is a pool whose connections are all in use for as long as it waits', async () => {
    const crm = await aDatabase();
    const proxy = await openMysqlProxy(crm.settings);
    open.push(proxy);
    const table = aTable(crm.settings, { port: proxy.port, timeoutMs: 1_000 });
    await table.check();
    proxy.freeze();
    const started = performance.now();
    const failures = await Promise.all(
      Array.from({ length: 8 }, () => failureOf(writeMessages(table, [aMirrorMessage()]))),
    );
    expect(new Set(failures.map(({ fault }) => fault))).toEqual(new Set(['unavailable']));
    expect(failures.map(({ code }) => code)).toContain('POOL_TIMEOUT');
    expect(performance.now() - started).toBeLessThan(3_000);
    proxy.thaw();
    await writeMessages(table, [aMirrorMessage()]);
    expect(await crm.rows()).toHaveLength(1);
  });

  it.each([
    ['START TRANSACTION', false, 0],
    ['INSERT INTO', false, 0],
    ['COMMIT', true, 1],
  ])('is an answer that is lost after %s', async (at, inDoubt, rows) => {
    const crm = await aDatabase();
    const proxy = await openMysqlProxy(crm.settings);
    open.push(proxy);
    const table = aTable(crm.settings, { port: proxy.port });
    const failure = table.whileLocked(async (writer) => {
      proxy.cutAt(at);
      await writer.insert([writer.fit(aMirrorMessage())]);
    });
    expect(await failureOf(failure)).toMatchObject({ fault: 'unavailable', inDoubt });
    // The lock was freed by the end of the connection.
    await table.whileLocked(async () => undefined);
    expect(await crm.rows()).toHaveLength(rows);
  });
});
