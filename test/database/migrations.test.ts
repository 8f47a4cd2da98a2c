import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/database/migrate.ts';
import { createOrm } from '../../src/database/orm.ts';
import { ENCRYPTION_KEYS } from '../support/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const MIGRATE = fileURLToPath(new URL('../../src/database/migrate.ts', import.meta.url));

describe('the migrations', () => {
  const databases: TestDatabase[] = [];
  let first: TestDatabase;

  beforeAll(async () => {
    first = await createTestDatabase();
    databases.push(first);
  });
  afterAll(async () => {
    for (const { drop } of databases) await drop();
  });

  it('make the schema that the entities describe', async () => {
    const orm = await createOrm({ url: first.url, poolSize: 4 });
    try {
      expect((await migrate(orm)).length).toBeGreaterThan(0);
      expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
    } finally {
      await orm.close();
    }
  });

  it('do nothing the second time', async () => {
    const orm = await createOrm({ url: first.url, poolSize: 4 });
    try {
      expect(await migrate(orm)).toEqual([]);
    } finally {
      await orm.close();
    }
  });

  it('run once when four instances start at the same moment', async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const orms = await Promise.all(
      Array.from({ length: 4 }, () => createOrm({ url: database.url, poolSize: 4 })),
    );
    const applied = await Promise.all(orms.map((orm) => migrate(orm)));
    expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    for (const orm of orms) await orm.close();
  });

  it('run once when two processes start together', async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const runs = await Promise.all([
      migrateInProcess(database.url),
      migrateInProcess(database.url),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    const counts = runs.map(({ output }) => (JSON.parse(output) as { count: number }).count);
    expect(counts.filter((count) => count > 0)).toHaveLength(1);
  });
});

async function migrateInProcess(url: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [MIGRATE], {
    env: { PATH: process.env['PATH'], DATABASE_URL: url, ENCRYPTION_KEYS, ENVIRONMENT: 'test' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
