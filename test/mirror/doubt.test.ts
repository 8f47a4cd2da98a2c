import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openMysqlProxy, type MysqlProxy } from '../support/mysql-proxy.ts';
import { ALL_COLUMNS, type CrmDatabaseOptions } from '../support/mysql.ts';
import { openMirrorStand, type MirrorStand } from './mirror-stand.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function aStand(
  options: CrmDatabaseOptions = {},
): Promise<{ stand: MirrorStand; proxy: MysqlProxy }> {
  const stand = await openMirrorStand(options);
  open.push(stand);
  const proxy = await openMysqlProxy(stand.crm.settings);
  open.push(proxy);
  return { stand, proxy };
}

/** Two customers say the same in the same second, twice each, and a third something else. */
async function someEqualMessages(stand: MirrorStand): Promise<string[]> {
  const at = '2026-11-21T09:30:00Z';
  for (const customer of ['a', 'a', 'b', 'a']) await stand.receive(customer, 'ok', at);
  await stand.receive('b', 'no', at);
  return ['a in ok', 'a in ok', 'b in ok', 'a in ok', 'b in no'];
}

describe.each([
  ['a table with the five columns', {}],
  ['a table with a message_id', { columns: ALL_COLUMNS }],
])('a commit that nobody answered, into %s', (_name, options) => {
  it.each([
    ['done', 'after'],
    ['not done', 'before'],
  ] as const)('was %s: every row is there once, in order', async (_was, where) => {
    const { stand, proxy } = await aStand(options);
    const expected = await someEqualMessages(stand);
    proxy.cutAt('COMMIT', where);
    await expect(stand.run({ table: stand.tableAt({ port: proxy.port }) })).rejects.toThrow(
      'unavailable',
    );
    expect(await stand.states()).toEqual({ writing: 5 });
    expect(await stand.lines()).toEqual(where === 'after' ? expected : []);
    await stand.receive('c', 'later');
    await stand.run();
    expect(await stand.lines()).toEqual([...expected, 'c in later']);
    expect(await stand.states()).toEqual({ written: 6 });
  });

  it('is not taken for done because of equal rows that were written before', async () => {
    const { stand, proxy } = await aStand(options);
    const expected = await someEqualMessages(stand);
    await stand.run();
    await someEqualMessages(stand);
    proxy.cutAt('COMMIT', 'before');
    await expect(stand.run({ table: stand.tableAt({ port: proxy.port }) })).rejects.toThrow();
    await stand.run();
    expect(await stand.lines()).toEqual([...expected, ...expected]);
  });
});

describe('a doubtful write', () => {
  it('is repeated, and told of, where the table may not be read', async () => {
    const { stand, proxy } = await aStand({ rights: 'insert' });
    const ids = [await stand.receive('a', 'one'), await stand.receive('a', 'two')];
    proxy.cutAt('COMMIT');
    await expect(stand.run({ table: stand.tableAt({ port: proxy.port }) })).rejects.toThrow();
    await stand.run();
    expect(await stand.lines()).toEqual(['a in one', 'a in two', 'a in one', 'a in two']);
    const told = stand.log.lines.find(({ message }) => message.includes('may be twice'));
    expect(told?.fields).toMatchObject({ count: 2, message_ids: ids });
  });

  it('is left behind by a worker that dies before, or after, the table has the rows', async () => {
    const { stand } = await aStand();
    const die = () => Promise.reject(new Error('killed'));
    await stand.receive('a', 'one');
    // Before: nothing reached the table.
    await expect(stand.run({ mirror: { begin: die } })).rejects.toThrow('killed');
    expect(await stand.lines()).toEqual([]);
    // After: the rows are there, and nobody has written down that they are.
    await expect(stand.run({ mirror: { finish: die } })).rejects.toThrow('killed');
    expect(await stand.lines()).toEqual(['a in one']);
    await stand.receive('a', 'two');
    await stand.run();
    expect(await stand.lines()).toEqual(['a in one', 'a in two']);
    expect(await stand.states()).toEqual({ written: 2 });
  });

  it('is known again although the customer’s name was learnt, and the text changed, meanwhile', async () => {
    const { stand } = await aStand();
    const customer = randomUUID();
    const id = await stand.receive(customer, 'first words');
    await expect(
      stand.run({ mirror: { finish: () => Promise.reject(new Error('killed')) } }),
    ).rejects.toThrow();
    await stand.db.rows(
      `update users set username = 'known' where id in
         (select user_id from external_identities where external_id = $1)`,
      customer,
    );
    await stand.db.rows(`update messages set text = 'second words' where id = $1`, id);
    await stand.run();
    expect(await stand.lines()).toEqual([`${customer} in first words`]);
  });

  it('is none where the failure came before the commit', async () => {
    const { stand, proxy } = await aStand({ rights: 'insert' });
    await stand.receive('a', 'one');
    for (const at of ['START TRANSACTION', 'INSERT INTO']) {
      proxy.cutAt(at);
      await expect(stand.run({ table: stand.tableAt({ port: proxy.port }) })).rejects.toThrow();
      expect(await stand.states()).toEqual({ pending: 1 });
    }
    await stand.run();
    expect(await stand.lines()).toEqual(['a in one']);
  });

  it('is of one row at a time where the table knows no transactions', async () => {
    const { stand, proxy } = await aStand({ tableOptions: 'engine = MyISAM' });
    for (const text of ['one', 'two', 'three']) await stand.receive('a', text);
    proxy.cutAt('INSERT INTO');
    await expect(stand.run({ table: stand.tableAt({ port: proxy.port }) })).rejects.toThrow();
    expect(await stand.states()).toEqual({ pending: 2, writing: 1 });
    await stand.run();
    expect(await stand.lines()).toEqual(['a in one', 'a in two', 'a in three']);
  });
});

describe('two writers', () => {
  it('write every row once, whoever comes first', async () => {
    const { stand } = await aStand();
    const texts = Array.from({ length: 30 }, (_, at) => `n ${at}`);
    for (const text of texts) await stand.receive('a', text);
    const tables = [1, 2, 3].map(() => stand.tableAt({}));
    await Promise.all(tables.map((table) => stand.run({ table })));
    expect(await stand.lines()).toEqual(texts.map((text) => `a in ${text}`));
  });
});
