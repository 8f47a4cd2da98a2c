import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CrmTable } from '../../src/crm/mirror.ts';
import { createMysqlTable } from '../../src/crm/mysql/mysql-table.ts';
import {
  ALL_COLUMNS,
  createCrmDatabase,
  type CrmDatabase,
  type CrmDatabaseOptions,
} from '../support/mysql.ts';
import { startOwnMysql, type OwnMysql } from '../support/own-mysql.ts';
import { aMirrorMessage, writeMessages } from './a-message.ts';

const FAMILY = '👨‍👩‍👧‍👦';
// Its global settings are changed here, which other test files must not notice.
let server: OwnMysql;
beforeAll(async () => void (server = await startOwnMysql()));
afterAll(() => server?.close());

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function aTable(
  options: CrmDatabaseOptions = {},
): Promise<{ crm: CrmDatabase; table: CrmTable }> {
  const crm = await createCrmDatabase({ ...options, server: server.url });
  open.push({ close: crm.drop });
  const table = createMysqlTable(crm.settings);
  open.push(table);
  return { crm, table };
}

describe('a row in the CRM’s table', () => {
  it('has the five columns, and the text to the last byte', async () => {
    const { crm, table } = await aTable();
    const text = `${FAMILY} “quoted” \\ 'single' "double" %s ? \n\t \u2028 \u202Ertl e\u0301 \u00E9 🇩🇪`;
    await writeMessages(table, [
      aMirrorMessage({ text }),
      aMirrorMessage({ direction: 'out', username: 'O’Brien 🦊', status: 'sent' }),
    ]);
    const plain = { user_id: '17841400000000123', created_at: '2026-11-21 09:30:00.123' };
    expect(await crm.rows()).toEqual([
      { ...plain, username: 'lena.m', direction: 'in', message: text },
      { ...plain, username: 'O’Brien 🦊', direction: 'out', message: 'hello' },
    ]);
  });

  it('has everything that the table has a column for', async () => {
    const { crm, table } = await aTable({ columns: ALL_COLUMNS });
    const sent = aMirrorMessage({ direction: 'out', status: 'delivered', channel: 'whatsapp' });
    const received = aMirrorMessage();
    await writeMessages(table, [sent, received]);
    const ids = { account_id: sent.accountId, conversation_id: sent.conversationId };
    expect(await crm.rows()).toMatchObject([
      { ...ids, message_id: sent.messageId, channel: 'whatsapp', status: 'delivered' },
      { ...ids, message_id: received.messageId, channel: 'instagram', status: 'received' },
    ]);
    expect((await table.check()).lacking).toEqual([]);
  });

  it.each([
    ['varchar(10)', `hello ${FAMILY} and more`, `hello ${FAMILY}`.slice(0, 6)],
    ['varchar(13)', `hello ${FAMILY} and more`, `hello ${FAMILY}`],
    ['varchar(3)', 'e\u0301te', 'e\u0301t'],
    ['tinytext', 'ü'.repeat(200), 'ü'.repeat(127)],
    ['tinytext', `${'a'.repeat(253)}🦊`, 'a'.repeat(253)],
    ['varchar(2)', `e${'\u0301'.repeat(1000)}`, 'e\u0301'],
  ])('is cut to %s between two characters', async (type, text, kept) => {
    const { crm, table } = await aTable({ columns: { message: `${type} not null` } });
    const [row] = await writeMessages(table, [aMirrorMessage({ text })]);
    expect(await crm.rows()).toMatchObject([{ message: kept }]);
    expect(row?.changed).toEqual(text === kept ? [] : ['message']);
  });

  it('keeps a name that is too long as far as there is room, and never a shorter id', async () => {
    const { table } = await aTable({
      columns: { username: 'varchar(4) not null', user_id: 'varchar(8) not null' },
    });
    await table.whileLocked(async (writer) => {
      expect(writer.fit(aMirrorMessage({ userId: '12345678' }))).toMatchObject({
        changed: ['username'],
        impossible: null,
      });
      expect(writer.fit(aMirrorMessage({ userId: '123456789' })).impossible).toBe('user_id');
    });
  });

  it.each(['', 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,ANSI_QUOTES'])(
    'is the same whatever the SQL mode is: “%s”',
    async (mode) => {
      const { crm, table } = await aTable({
        columns: { message: 'varchar(20) not null', seen: 'int not null' },
      });
      await crm.sql('alter table messages alter seen set default 0');
      const before = await crm.sql<{ mode: string }>('select @@global.sql_mode as mode');
      await crm.sql(`set global sql_mode = '${mode}'`);
      try {
        await writeMessages(table, [aMirrorMessage({ text: `\\' OR "1"; -- ${FAMILY}` })]);
      } finally {
        await crm.sql(`set global sql_mode = '${before[0]?.mode ?? ''}'`);
      }
      expect(await crm.rows()).toMatchObject([{ message: `\\' OR "1"; -- ` }]);
    },
  );

  it('has a sign in the place of an emoji where the table is utf8mb3', async () => {
    const { crm, table } = await aTable({ tableOptions: 'character set utf8mb3' });
    const [row] = await writeMessages(table, [aMirrorMessage({ text: 'a🦊b ü' })]);
    expect(await crm.rows()).toMatchObject([{ message: 'a�b ü' }]);
    expect(row?.changed).toEqual(['message']);
  });

  it('can have a number for its customer, if the number has room', async () => {
    const { crm, table } = await aTable({ columns: { user_id: 'bigint not null' } });
    await writeMessages(table, [aMirrorMessage({ userId: '9007199254740993' })]);
    expect(await crm.rows()).toMatchObject([{ user_id: '9007199254740993' }]);
  });
});

describe('the time of a row', () => {
  // 02:30 on 2026-03-29 does not exist in Berlin; 02:30 on 2026-10-25 is there twice.
  const TIMES = ['2026-03-29T00:30:00.999Z', '2026-03-29T01:30:00Z', '2026-10-25T00:30:00Z'];

  it.each([
    'timestamp not null default current_timestamp',
    'timestamp(3) not null',
    'datetime not null',
  ])('is UTC in a column %s, in whatever zone the server lives', async (type) => {
    const { crm, table } = await aTable({ columns: { created_at: type } });
    await crm.sql("set global time_zone = '+05:45'");
    try {
      await writeMessages(
        table,
        TIMES.map((at) => aMirrorMessage({ at: new Date(at) })),
      );
    } finally {
      await crm.sql("set global time_zone = 'SYSTEM'");
    }
    const digits = type.includes('(3)') ? 23 : 19;
    const expected = TIMES.map((at) =>
      new Date(at).toISOString().replace('T', ' ').slice(0, digits),
    );
    expect((await crm.rows()).map((row) => row['created_at'])).toEqual(expected);
    if (type.startsWith('timestamp')) {
      const unix = await crm.sql<{ at: string }>(
        'select cast(floor(unix_timestamp(created_at)) as char) as at from messages order by id',
      );
      expect(unix.map(({ at }) => at)).toEqual(
        TIMES.map((at) => String(Math.floor(Date.parse(at) / 1000))),
      );
    }
  });
});
