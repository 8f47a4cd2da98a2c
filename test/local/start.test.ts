import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../src/local/ports.ts';
import { findTemporalCli } from '../../src/local/temporal-cli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PORTS = ['PORT', 'SANDBOX_PORT', 'POSTGRES_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];

type Demo = { api: string; sandbox: string; admin_key: string; accounts: { instagram: string } };

describe('npm start', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'chat4all-start-'));
  const environment: NodeJS.ProcessEnv = { ...process.env, DATA_DIR: dataDir };
  let last: ChildProcess | undefined;

  beforeAll(async () => {
    // PostgreSQL runs as another user when we are root.
    chmodSync(dataDir, 0o711);
    environment['TEMPORAL_CLI'] = await findTemporalCli(join(ROOT, '.data'), (_, work) => work());
    for (const name of PORTS) environment[name] = String(await freePort());
  });
  afterAll(async () => {
    if (last?.exitCode === null && last.signalCode === null) await stop(last, 'SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  });

  function launch(): ChildProcess {
    const script = ['scripts/run.mjs', 'src/local/main.ts'];
    // A group of its own, as a terminal gives it one: signals are sent to the whole of it.
    last = spawn(process.execPath, script, { cwd: ROOT, env: environment, detached: true });
    return last;
  }

  async function start(): Promise<ChildProcess> {
    const child = launch();
    const output = await readUntil(child, 'Chat4All is running');
    expect(output).toContain('Chat4All is running');
    return child;
  }

  const demo = () => JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as Demo;

  async function accounts({ api, admin_key }: Demo): Promise<string[]> {
    const headers = { authorization: `Bearer ${admin_key}` };
    const answer = await fetch(`${api}/api/v1/accounts`, { headers });
    const page = (await answer.json()) as { data: { account_id: string }[] };
    return page.data.map((account) => account.account_id).sort();
  }

  it('starts everything, ends on Ctrl-C, and has it all again at the next start', async () => {
    const first = await start();
    const before = demo();
    expect(statSync(join(dataDir, 'demo.json')).mode & 0o777).toBe(0o600);
    expect(await accounts(before)).toEqual(Object.values(before.accounts).sort());
    expect((await fetch(before.sandbox)).status).toBe(200);

    const second = launch();
    expect(await readUntil(second, 'already runs here')).toContain(`DATA_DIR`);
    await ended(second);
    expect(second.exitCode).toBe(1);

    await stop(first, 'SIGINT');
    expect(first.exitCode).toBe(0);
    await expect(fetch(before.api)).rejects.toThrow();

    const again = await start();
    expect(demo()).toEqual(before);
    expect(await accounts(before)).toEqual(Object.values(before.accounts).sort());
    await stop(again, 'SIGTERM');
  }, 120_000);

  it('starts again after a kill -9 that left its servers behind', async () => {
    const killed = await start();
    const before = demo();
    await stop(killed, 'SIGKILL');
    const again = await start();
    expect(await accounts(demo())).toEqual(Object.values(before.accounts).sort());
    await stop(again, 'SIGINT');
    expect(again.exitCode).toBe(0);
  }, 120_000);

  it('names the variable of a port that is taken, in one line', async () => {
    const { createServer } = await import('node:http');
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const usual = environment['POSTGRES_PORT'];
    environment['POSTGRES_PORT'] = String(port);
    const child = launch();
    const output = await readUntil(child, 'POSTGRES_PORT');
    environment['POSTGRES_PORT'] = usual;
    await ended(child);
    other.close();
    expect(child.exitCode).toBe(1);
    expect(output.trim().split('\n').at(-1)).toMatch(/^Port \d+ \(PostgreSQL\) is taken/);
  }, 60_000);
});

/** Everything the process printed until this text came or it ended. */
async function readUntil(child: ChildProcess, text: string): Promise<string> {
  let output = '';
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes(text)) resolve(output);
      });
    child.once('close', () => resolve(output));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid !== undefined) process.kill(-child.pid, signal);
  await ended(child);
}
