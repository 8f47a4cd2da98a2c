import { afterEach, describe, expect, it } from '@jest/globals';
import type { MirrorErrorFields, TableWriter } from '../../src/crm/mirror.ts';
import { MirrorError } from '../../src/crm/mirror.ts';
import { ALL_COLUMNS, createTable, type CrmDatabaseOptions } from '../support/mysql.ts';
import { openMirrorStand, type MirrorStand } from './mirror-stand.ts';

const open: MirrorStand[] = [];
afterEach(async () => {
  for (const stand of open.splice(0)) await stand.close();
});

async function aStand(options: CrmDatabaseOptions = {}): Promise<MirrorStand> {
  const stand = await openMirrorStand(options);
  open.push(stand);
  return stand;
}

const letters = (stand: MirrorStand) =>
  stand.db.rows<{ id: string; state: string }>(
    `select id, kind, state, reason, attempts from dead_letters where kind = 'mirror' order by id`,
  );

describe('a message that the CRM’s table can never take', () => {
  it('becomes a dead letter, and the others of its batch pass in order', async () => {
    const stand = await aStand();
    await stand.crm.sql(
      "alter table messages add constraint words check (message not like 'refuse%')",
    );
    const texts = Array.from({ length: 40 }, (_, at) =>
      [3, 4, 39].includes(at) ? 'refuse me' : `n ${at}`,
    );
    for (const text of texts) await stand.receive('a', text);
    await stand.run();
    expect(await stand.lines()).toEqual(
      texts.filter((text) => text !== 'refuse me').map((text) => `a in ${text}`),
    );
    expect(await stand.states()).toEqual({ dead: 3, written: 37 });
    expect(await letters(stand)).toMatchObject(
      [1, 2, 3].map(() => ({ state: 'open', reason: 'refused' })),
    );
    const alerts = await stand.db.stores.alerts.list('*', { limit: 10, open: true });
    expect(alerts.items.map(({ cause }) => cause)).toEqual(['dead_letter']);
    const logged = stand.log.lines.filter(({ message }) => message.includes('dead letter'));
    expect(logged).toHaveLength(3);
    expect(JSON.stringify(stand.log.lines)).not.toContain('refuse me');
  });

  it('is written by a replay once the table takes it; a replay that fails waits again', async () => {
    const stand = await aStand();
    await stand.crm.sql(
      "alter table messages add constraint words check (message not like 'refuse%')",
    );
    const id = await stand.receive('a', 'refuse me');
    await stand.receive('a', 'good');
    await stand.run();
    const [letter] = await letters(stand);
    const replay = async () => {
      await stand.db.rows('delete from outbox');
      expect(await stand.db.stores.deadLetters.replay(letter?.id ?? '')).toBe(true);
      expect(await stand.db.rows(`select kind from outbox`)).toEqual([{ kind: 'mirror_ready' }]);
      await stand.run();
    };
    await replay();
    expect(await letters(stand)).toMatchObject([{ state: 'open', attempts: 3 }]);
    await stand.crm.sql('alter table messages drop constraint words');
    await replay();
    expect(await letters(stand)).toMatchObject([{ state: 'resolved' }]);
    expect(await stand.lines()).toEqual(['a in good', 'a in refuse me']);
    const detail = await stand.db.stores.deadLetterQueries.list('mirror', '*', {}, { limit: 5 });
    expect(detail.items).toMatchObject([{ accountId: stand.account.id, channel: 'instagram' }]);
    expect(id).not.toBe('');
  });

  it('shows what was wrong, without a value', async () => {
    const stand = await aStand({ columns: { user_id: 'varchar(4) not null' } });
    await stand.receive('12345', 'secret words');
    await stand.receive('1234', 'fine');
    await stand.run();
    const [letter] = await letters(stand);
    const found = await stand.db.stores.deadLetterQueries.find('mirror', letter?.id ?? '', '*');
    expect(found?.attemptList).toMatchObject([
      { errorClass: 'refused', errorCode: 'TOO_LONG', detail: 'column user_id' },
    ]);
    expect(await stand.lines()).toEqual(['1234 in fine']);
  });
});

describe('a table that is not as it must be', () => {
  it('is waited for: nothing is lost, nothing is a dead letter, the log says what to do', async () => {
    const stand = await aStand({ columns: { username: null } });
    await stand.receive('a', 'one');
    await expect(stand.run()).rejects.toThrow('schema: TABLE_UNFIT');
    const [failed, unfit] = stand.log.lines.slice(-2);
    expect(failed?.fields).toMatchObject({
      ...{ outcome: 'schema', reason: 'column username is missing', table: 'messages' },
      ...{ host: stand.crm.settings.host, port: stand.crm.settings.port },
      ...{ user: stand.crm.settings.user, database: stand.crm.settings.database },
    });
    expect(unfit?.message).toContain('no fitting columns');
    expect(unfit?.fields.columns).toBe(Object.keys(ALL_COLUMNS).join(', '));
    expect(await stand.db.stores.mirrorQueries.overview()).toMatchObject({
      rows: 1,
      lastError: { fault: 'schema', problems: ['column username is missing'] },
    });
    await stand.crm.sql('drop table messages');
    await expect(stand.run()).rejects.toThrow('schema: TABLE_UNFIT');
    await stand.crm.sql(createTable({}));
    await stand.run();
    expect(await stand.lines()).toEqual(['a in one']);
    expect(await letters(stand)).toEqual([]);
  });

  it('keeps the order over a failure in the middle of a backlog', async () => {
    const stand = await aStand();
    const texts = Array.from({ length: 450 }, (_, at) => `n ${at}`);
    for (const text of texts) await stand.receive('a', text);
    await stand.crm.sql(`create trigger stop_half before insert on messages for each row
      if new.message = 'n 250' then signal sqlstate 'HY000' set mysql_errno = 1205,
      message_text = 'wait'; end if`);
    await expect(stand.run()).rejects.toThrow('busy');
    expect(await stand.lines()).toHaveLength(200);
    await stand.crm.sql('drop trigger stop_half');
    await stand.run();
    expect(await stand.lines()).toEqual(texts.map((text) => `a in ${text}`));
  });
});

describe('an error that nobody knows', () => {
  const fields: MirrorErrorFields = {
    ...{ fault: 'unknown', code: 'ER_9999', errno: 9999, sqlState: 'HY000' },
    ...{ table: 'messages', column: null, inDoubt: false },
  };
  /** A table that answers so to every batch with this text in it. */
  const failing = (stand: MirrorStand, fails: (values: string[]) => boolean) => {
    const table = stand.tableAt({});
    return {
      ...table,
      whileLocked: <T>(work: (writer: TableWriter) => Promise<T>) =>
        table.whileLocked((writer) =>
          work({
            ...writer,
            async insert(rows) {
              if (rows.some(({ values }) => fails(values))) throw new MirrorError(fields);
              await writer.insert(rows);
            },
          }),
        ),
    };
  };

  it('is the row’s own if the next row passes without it, after five tries', async () => {
    const stand = await aStand();
    for (const text of ['one', 'poison', 'three']) await stand.receive('a', text);
    const table = failing(stand, (values) => values.includes('poison'));
    for (let tried = 0; tried < 5; tried += 1)
      await expect(stand.run({ table })).rejects.toThrow('unknown: ER_9999');
    await stand.run({ table });
    expect(await stand.lines()).toEqual(['a in one', 'a in three']);
    expect(await stand.states()).toEqual({ dead: 1, written: 2 });
  });

  it.each([
    ['two side by side', ['one', 'poison 1', 'poison 2', 'four']],
    ['the last ones', ['one', 'two', 'poison 1', 'poison 2']],
    ['the first ones', ['poison 1', 'poison 2', 'poison 3', 'four']],
  ])('never stops everything, wherever such rows stand: %s', async (_where, texts) => {
    const stand = await aStand();
    for (const text of texts) await stand.receive('a', text);
    const table = failing(stand, (values) => values.some((value) => value.startsWith('poison')));
    for (let tried = 0; tried < 5; tried += 1)
      await expect(stand.run({ table })).rejects.toThrow('unknown: ER_9999');
    await stand.run({ table });
    const good = texts.filter((text) => !text.startsWith('poison'));
    expect(await stand.lines()).toEqual(good.map((text) => `a in ${text}`));
    expect(await stand.states()).toEqual({
      dead: texts.length - good.length,
      written: good.length,
    });
  });

  it('is waited out, however long, if no row passes', async () => {
    const stand = await aStand();
    for (const text of ['one', 'two']) await stand.receive('a', text);
    const table = failing(stand, () => true);
    for (let tried = 0; tried < 8; tried += 1)
      await expect(stand.run({ table })).rejects.toThrow('unknown: ER_9999');
    expect(await stand.states()).toEqual({ pending: 2 });
    await stand.run();
    expect(await stand.lines()).toEqual(['a in one', 'a in two']);
  });
});
