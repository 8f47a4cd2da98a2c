import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/local/ports.ts';
import { loadSecrets } from '../../src/local/secrets.ts';
import { commandOf, isAlive, memoryOf, processTree, type Memory } from '../machine.ts';
import type { Row } from '../report.ts';
import { findTemporal, temporaryFolder } from '../stand.ts';
import { introduceCustomers, type Target } from '../target.ts';
import { waitUntilQuiet } from './end-to-end.ts';
import { receiveBurst, sendBurst } from './throughput.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AIM_MB = 1024;

/** Memory by part at one time. */
export type Usage = { all: Memory; parts: { part: string; memory: Memory }[] };

/** Starts the very command of the README and reads the memory of it and of all that it started. */
export async function measureMemory(scale: {
  burst: number;
  idleMs: number;
}): Promise<{ rows: Row[]; idle: Usage; after: Usage }> {
  const folder = temporaryFolder();
  const child = await spawnNpmStart(folder);
  try {
    const target = await waitForDemo(child, folder);
    await pause(scale.idleMs);
    const idle = read(child);
    await introduceCustomers(target);
    for (const lanes of [100, 5]) {
      await sendBurst(target, scale.burst, lanes);
      await waitUntilQuiet(target);
      await receiveBurst(target, scale.burst, lanes);
      await waitUntilQuiet(target);
    }
    const after = read(child);
    const rows = [row('memory of npm start, idle', idle)];
    rows.push(row(`memory after ${scale.burst * 4} more messages`, after));
    return { rows, idle, after };
  } finally {
    await stop(child);
    const data = join(folder, 'postgres');
    if (existsSync(data)) rmSync(realpathSync(data), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

async function spawnNpmStart(folder: string): Promise<ChildProcess> {
  const { PATH, HOME } = process.env;
  const log = openSync(join(folder, 'start.log'), 'a', 0o600);
  const env = {
    ...{ PATH, HOME, DATA_DIR: folder, TEMPORAL_CLI: await findTemporal() },
    PORT: String(await freePort()),
    SANDBOX_PORT: String(await freePort()),
    POSTGRES_PORT: String(await freePort()),
    TEMPORAL_PORT: String(await freePort()),
    TEMPORAL_UI_PORT: String(await freePort()),
  };
  try {
    return spawn('npm', ['start'], { cwd: ROOT, env, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

async function waitForDemo(child: ChildProcess, folder: string): Promise<Target> {
  const file = join(folder, 'demo.json');
  for (const deadline = Date.now() + 120_000; !existsSync(file); await pause(200))
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(
        `npm start did not start:\n${readFileSync(join(folder, 'start.log'), 'utf8')}`,
      );
  const demo = JSON.parse(readFileSync(file, 'utf8')) as {
    api: string;
    sandbox: string;
    admin_key: string;
    accounts: { instagram: string };
  };
  return {
    ...{ api: demo.api, sandbox: demo.sandbox, adminKey: demo.admin_key },
    accountId: demo.accounts.instagram,
    appSecret: loadSecrets(folder).app_secret,
  };
}

function read(child: ChildProcess): Usage {
  const tree = processTree(child.pid ?? 0);
  const parts = Map.groupBy(tree, (pid) => partOf(commandOf(pid)));
  return {
    all: memoryOf(tree),
    parts: [...parts].map(([part, pids]) => ({ part, memory: memoryOf(pids) })),
  };
}

function partOf(command: string): string {
  if (command.includes('start-dev')) return 'Temporal';
  if (command.includes('postgres')) return 'PostgreSQL';
  if (/run\.mjs|^npm|^sh /.test(command)) return 'npm and its shell';
  return 'API, worker and sandbox';
}

function row(figure: string, { all }: Usage): Row {
  return {
    figure,
    measured: `${all.counted.toFixed(0)} MB`,
    aim: `< ${AIM_MB} MB`,
    beside: `resident sizes added up: ${all.resident.toFixed(0)} MB`,
    met: all.counted < AIM_MB,
  };
}

/** A signal for npm reaches everything; the servers outlive it otherwise. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const tree = processTree(child.pid ?? 0);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  const alive = () => tree.some(isAlive);
  for (const deadline = Date.now() + 25_000; alive() && Date.now() < deadline;) await pause(100);
}
