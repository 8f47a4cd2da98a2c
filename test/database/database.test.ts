import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { createDatabase, type Database } from '../../src/database/database.ts';
import { createOrm } from '../../src/database/orm.ts';
import { until } from '../support/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const POOL_SIZE = 3;

describe('the database', () => {
  let test: TestDatabase;
  let orm: MikroORM;
  let database: Database;

  beforeAll(async () => void (test = await createTestDatabase()));
  beforeEach(async () => {
    orm = await createOrm({ url: test.url, poolSize: POOL_SIZE });
    database = await createDatabase(orm);
    await database.query('drop table if exists notes');
    await database.query('create table notes (id int primary key, text text)');
  });
  afterEach(() => orm.close());
  afterAll(() => test.drop());

  const notes = () => database.query<{ id: number }>('select id from notes order by id');
  /** Every connection of the pool is taken and given back. */
  const useAll = () =>
    Promise.all(
      Array.from({ length: POOL_SIZE * 2 }, () => database.query('select pg_sleep(0.01)')),
    );
  const killOwn = 'select pg_terminate_backend(pg_backend_pid())';

  it('keeps what a transaction wrote, and nothing of one that threw', async () => {
    await database.transaction((tx) => tx.query('insert into notes values (1)'));
    const failed = database.transaction(async (tx) => {
      await tx.query('insert into notes values (2)');
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await notes()).toEqual([{ id: 1 }]);
  });

  it('is usable after more connections died in transactions than the pool has', async () => {
    for (let times = 0; times < POOL_SIZE * 3; times += 1)
      await expect(database.transaction((tx) => tx.query(killOwn))).rejects.toThrow();
    await useAll();
  });

  it('is usable after connections died between two statements of a transaction', async () => {
    for (let times = 0; times < POOL_SIZE * 2; times += 1) {
      const dying = database.transaction(async (tx) => {
        const [own] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        await tx.query('insert into notes values (9)');
        await database.query('select pg_terminate_backend($1)', [own?.pid]);
        await tx.query('select 1');
      });
      await expect(dying).rejects.toThrow();
    }
    await useAll();
    expect(await notes()).toEqual([]);
  });

  it('is usable after idle connections died', async () => {
    await useAll();
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    );
    // One that is found dead when it is used fails that one use.
    await until(() =>
      useAll().then(
        () => true,
        () => false,
      ),
    );
  });

  describe('with a deadline', () => {
    const deadlineMs = 300;
    const timeout = { code: 'ETIMEDOUT' };
    beforeEach(async () => void (database = await createDatabase(orm, { deadlineMs })));

    it('gives up a query and a transaction that are not answered in time', async () => {
      const begun = performance.now();
      const silent = [
        database.query('select pg_sleep(2)'),
        database.transaction(async (tx) => {
          await tx.query('insert into notes values (1)');
          await tx.query('select pg_sleep(2)');
        }),
      ];
      for (const each of silent) await expect(each).rejects.toMatchObject(timeout);
      expect(performance.now() - begun).toBeLessThan(2_000);
      expect(await notes()).toEqual([]);
    });

    it('gives up a transaction that does something else for too long', async () => {
      const slow = database.transaction(async (tx) => {
        await tx.query('insert into notes values (1)');
        await new Promise((resolve) => setTimeout(resolve, 2 * deadlineMs));
        await tx.query('insert into notes values (2)');
      });
      await expect(slow).rejects.toMatchObject(timeout);
      expect(await notes()).toEqual([]);
    });

    it('is usable afterwards, however many were given up', async () => {
      const silent = Array.from({ length: POOL_SIZE * 2 }, () =>
        database.query('select pg_sleep(2)').catch((error: Error) => error.constructor.name),
      );
      expect(new Set(await Promise.all(silent))).toEqual(new Set(['DatabaseTimeout']));
      await useAll();
    });
  });

  it('keeps the process alive when connections die, idle or in use', async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./dying-connections.ts', import.meta.url)), test.url],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, output]).toEqual([0, 'alive\n']);
  });

  it('runs a transaction again that was the victim of a deadlock', async () => {
    await database.query('insert into notes values (1), (2)');
    let met = 0;
    let bothHere: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (bothHere = resolve));
    const lock = (own: number, ids: number[]) => {
      let tries = 0;
      return database.transaction(async (tx) => {
        tries += 1;
        // Alone, so that the two cannot meet a second time.
        if (tries > 1) await runs[1 - own];
        for (const [index, id] of ids.entries()) {
          await tx.query('update notes set text = $2 where id = $1', [id, `${ids.join()}`]);
          if (index > 0) continue;
          met += 1;
          if (met >= 2) bothHere();
          await both;
        }
      });
    };
    const runs: Promise<void>[] = [];
    runs.push(lock(0, [1, 2]), lock(1, [2, 1]));
    await Promise.all(runs);
    // Three: one of the two had to begin again.
    expect(met).toBe(3);
  });

  it('gives times as dates, large numbers as text, and takes lists', async () => {
    const [row] = await database.query(
      `select now() as at, 9007199254740993::bigint as big, $1::text[] as list, '{"a":1}'::jsonb as json`,
      [['x', 'y']],
    );
    expect(row).toEqual({
      at: expect.any(Date),
      big: '9007199254740993',
      list: ['x', 'y'],
      json: { a: 1 },
    });
  });

  it('reads what was committed before each statement, also within a transaction', async () => {
    await database.transaction(async (tx) => {
      expect(await tx.query('select id from notes')).toEqual([]);
      await database.query('insert into notes values (7)');
      expect(await tx.query('select id from notes')).toEqual([{ id: 7 }]);
    });
  });
});
