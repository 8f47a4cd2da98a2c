import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findMysqlServer } from '../../src/local/mysql.ts';
import { freePort } from '../../src/local/ports.ts';
import { findTemporalCli } from '../../src/local/temporal-cli.ts';
import { until } from '../sandbox/http.ts';
import { askServices } from '../support/ask-services.ts';
import { ask } from '../support/router-http.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PORTS = ['PORT', 'SANDBOX_PORT', 'POSTGRES_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];

describe('npm start -- --with-crm-mysql', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'chat4all-start-'));
  // A file of settings that turns the mirror off does not win over the option.
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    DATA_DIR: dataDir,
    CRM_MYSQL_ENABLED: 'false',
  };
  beforeAll(async () => {
    chmodSync(dataDir, 0o711);
    await askServices('mysql-program');
    environment['TEMPORAL_CLI'] = await findTemporalCli(join(ROOT, '.data'), (_, work) => work());
    for (const name of [...PORTS, 'MYSQL_PORT']) environment[name] = String(await freePort());
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('has a database of the CRM’s with every message, and ends it on Ctrl-C', async () => {
    const script = ['scripts/run.mjs', 'src/local/main.ts', '--with-crm-mysql'];
    const child = spawn(process.execPath, script, { cwd: ROOT, env: environment, detached: true });
    const exited = once(child, 'exit');
    try {
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => void (output += chunk.toString()));
      await until('it runs', () => output.includes('Chat4All is running'), 120_000);
      const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as {
        api: string;
        sandbox: string;
        admin_key: string;
      };
      await ask('POST', `${demo.sandbox}/control/instagram/customers/9100000000000001/messages`, {
        account: '17841400000000001',
        text: 'for the table',
      });
      const rows = () =>
        ask<{ data: { message: string }[] }>(
          'GET',
          `${demo.api}/api/v1/admin/mirror/rows`,
          undefined,
          { authorization: `Bearer ${demo.admin_key}` },
        );
      await until(
        'it is in the table',
        async () => (await rows()).body.data?.[0]?.message === 'for the table',
        30_000,
      );
      expect(statSync(join(dataDir, 'mysql/password')).mode & 0o777).toBe(0o600);
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGINT');
      await exited;
    }
    const pid = Number(readFileSync(join(dataDir, 'mysql/server.pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow();
  }, 180_000);

  it('finds the server of this machine where packages put it, whatever the PATH is', () => {
    expect(findMysqlServer('/nowhere')).toMatch(/mariadbd|mysqld/);
  });
});
