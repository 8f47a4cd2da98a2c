import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anAccount } from '../support/builders.ts';
import { ENCRYPTION_KEYS, openTestStores, type TestStores } from '../support/database.ts';

const KEYS = fileURLToPath(new URL('../../src/database/keys.ts', import.meta.url));

let db: TestStores;
beforeAll(async () => {
  db = await openTestStores();
});
afterAll(() => db.close());

async function keys(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [KEYS, ...args], {
    env: { PATH: process.env['PATH'], DATABASE_URL: db.url, ENCRYPTION_KEYS, ENVIRONMENT: 'test' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('npm run keys', () => {
  it('makes a key for accounts that there are, and lists when it ends', async () => {
    const account = await anAccount(db.stores);
    const given = ['--name', 'my CRM', '--accounts', account.id];
    const made = await keys('create', ...given, '--expires', '2999-01-31');
    expect(made.code).toBe(0);
    const [id = '', key = ''] = made.output.split('\n');
    expect(await db.stores.apiKeys.authenticate(key)).toMatchObject({
      role: 'crm',
      accountIds: [account.id],
    });
    await keys('create', '--name', 'for ever');
    const lines = (await keys('list')).output.split('\n');
    expect(lines.find((line) => line.startsWith(id))).toMatch(
      /active {2}expires 2999-01-31T00:00:00.000Z {2}my CRM$/,
    );
    expect(lines.find((line) => line.endsWith('for ever'))).toContain('never expires');
  });

  it.each([
    ['an unknown account', ['--accounts', 'acc_unknown'], 'there is no account "acc_unknown"'],
    ['all accounts among others', ['--accounts', '*,acc_x'], 'there is no account "*"'],
    ['an end that is past', ['--expires', '2020-01-31'], '--expires'],
    ['an end that is no time', ['--expires', 'tomorrow'], '--expires'],
  ])('makes none for %s, and says why', async (_, given, why) => {
    const before = await db.stores.apiKeys.list({ limit: 100 });
    const { code, output } = await keys('create', '--name', 'x', ...given);
    expect(code).toBe(1);
    expect(output).toContain(why);
    expect(await db.stores.apiKeys.list({ limit: 100 })).toEqual(before);
  });
});
