import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startPostgres, type LocalPostgres } from '../../src/local/postgres.ts';

describe('the embedded PostgreSQL', () => {
  const base = mkdtempSync(join(tmpdir(), 'chat4all-postgres-'));
  const folder = join(base, 'postgres');
  let running: LocalPostgres | undefined;

  beforeAll(() => chmodSync(base, 0o711));
  afterEach(async () => running?.stop());
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  async function start(where = folder): Promise<LocalPostgres> {
    running = await startPostgres({ folder: where, port: 0 });
    return running;
  }

  it('has a database of its own and keeps what was written over a stop', async () => {
    const { url } = await start();
    expect(new URL(url).pathname).toBe('/chat4all');
    await query(url, 'create table kept as select 7 as value');
    await running?.stop();
    await expect(query(url, 'select 1')).rejects.toThrow();
    const again = await start();
    expect(await query(again.url, 'select value from kept')).toEqual([{ value: 7 }]);
  });

  it('stops a server that was left behind on the same folder', async () => {
    const left = await start();
    const pid = processId(folder);
    const again = await start();
    expect(processId(folder)).not.toBe(pid);
    await expect(query(left.url, 'select 1')).rejects.toThrow();
    expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('takes nobody in without the password, and writes no values to its log', async () => {
    const { url } = await start();
    const stranger = new URL(url);
    stranger.password = 'guessed';
    await expect(query(stranger.href, 'select 1')).rejects.toThrow(/password/);
    await query(url, 'create table once (value text primary key)');
    await query(url, "insert into once values ('canary')");
    await expect(query(url, "insert into once values ('canary')")).rejects.toThrow();
    expect(readFileSync(join(folder, 'server.log'), 'utf8')).not.toContain('canary');
  });

  it('names POSTGRES_PORT when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(startPostgres({ folder, port })).rejects.toThrow(/POSTGRES_PORT/);
    other.close();
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('runs for root in a folder that no other user can enter', async () => {
    const closed = join(base, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const { url } = await start(join(closed, 'postgres'));
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const data = readFileSync(join(closed, 'postgres/password'), 'utf8');
    expect(data.length).toBeGreaterThan(20);
    await running?.stop();
    const again = await start(join(closed, 'postgres'));
    expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await again.stop();
    removeOutside(join(closed, 'postgres'));
  });
});

function processId(folder: string): string | undefined {
  return readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0];
}

/** The real folder behind the link, which the removal of the link would leave. */
function removeOutside(link: string): void {
  rmSync(join(realpathSync(link), '..'), { recursive: true, force: true });
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
