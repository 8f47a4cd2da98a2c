import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, isListening } from '../../src/local/ports.ts';
import { startPostgres } from '../../src/local/postgres.ts';
import { createStep } from '../../src/local/progress.ts';
import { findTemporalCli } from '../../src/local/temporal-cli.ts';
import { startTemporal } from '../../src/local/temporal.ts';
import { ensureWorkflowBundle } from '../../src/local/workflow-bundle.ts';
import { until } from './until.ts';

/** A server that can be taken away and given back. */
export type Server = {
  isUp(): Promise<boolean>;
  /** Starts it, after ending what is left of it. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends it at once, as a crash would: nothing is written any more. */
  crash(): Promise<void>;
  /** Stops every one of its processes where it is; connections stay open and silent. */
  freeze(): void;
  thaw(): void;
};

/** The servers of the suite: its own, so that nobody else suffers from what is done to them. */
export type Services = {
  postgres: Server & { url: string };
  temporal: Server & { address: string };
  workflowBundle: string;
  /** Brings back what a scenario left frozen or stopped. */
  repair(): Promise<void>;
  close(): Promise<void>;
};

/** Starts PostgreSQL and Temporal on ports that stay the same over all their restarts. */
export async function startServices(): Promise<Services> {
  const dataDir = process.env['DATA_DIR'] || fileURLToPath(new URL('../../.data', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'chat4all-faults-servers-'));
  // PostgreSQL runs as another user when we are root, and must be able to pass through.
  chmodSync(folder, 0o711);
  const step = createStep();
  const cli = await findTemporalCli(dataDir, step, process.env['TEMPORAL_CLI'] || undefined);
  const workflowBundle = await ensureWorkflowBundle(dataDir);
  const postgres = await controlPostgres(join(folder, 'postgres'));
  const temporal = await controlTemporal(join(folder, 'temporal'), cli);
  return {
    postgres,
    temporal,
    workflowBundle,
    async repair() {
      for (const server of [postgres, temporal]) {
        server.thaw();
        if (!(await server.isUp())) await server.start();
      }
    },
    async close() {
      for (const server of [postgres, temporal]) {
        server.thaw();
        await server.stop();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function controlPostgres(folder: string): Promise<Services['postgres']> {
  // What only a crash of the whole machine could cost is not under test here.
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '300' };
  const port = await freePort();
  const start = () => startPostgres({ folder, port, settings });
  let running = await start();
  const pids = () => {
    const postmaster = firstNumber(join(folder, 'data/postmaster.pid'));
    return postmaster === null ? [] : [postmaster, ...childrenOf(postmaster)];
  };
  return {
    url: running.url,
    isUp: () => isListening(port),
    async start() {
      running = await start();
    },
    stop: () => running.stop(),
    async crash() {
      const [postmaster] = pids();
      if (postmaster === undefined) return;
      // SIGQUIT is what `pg_ctl stop -m immediate` sends.
      signalAll(() => [postmaster], 'SIGQUIT');
      await untilGone(postmaster);
    },
    freeze: () => signalAll(pids, 'SIGSTOP'),
    thaw: () => signalAll(pids, 'SIGCONT'),
  };
}

async function controlTemporal(folder: string, cli: string): Promise<Services['temporal']> {
  const port = await freePort();
  const start = () => startTemporal({ cli, folder, port, uiPort: null });
  let running = await start();
  const pids = () => {
    const pid = firstNumber(join(folder, 'server.pid'));
    return pid === null ? [] : [pid];
  };
  return {
    address: running.address,
    isUp: () => isListening(port),
    async start() {
      running = await start();
    },
    stop: () => running.stop(),
    async crash() {
      const [pid] = pids();
      if (pid === undefined) return;
      signalAll(() => [pid], 'SIGKILL');
      await untilGone(pid);
    },
    freeze: () => signalAll(pids, 'SIGSTOP'),
    thaw: () => signalAll(pids, 'SIGCONT'),
  };
}

/** Twice: a child that was being made during the first round is there in the second. */
function signalAll(pids: () => number[], signal: NodeJS.Signals): void {
  for (const _ of [1, 2])
    for (const pid of pids())
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended in the meantime.
      }
}

async function untilGone(pid: number): Promise<void> {
  await until(`process ${pid} is gone`, 20_000, () => statusOf(pid) === null);
}

/** Parent and state from /proc; null when there is no such process, or only its remains. */
function statusOf(pid: number): { parent: number } | null {
  try {
    // The name in parentheses may hold spaces; what we want stands behind it.
    const rest = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return rest[0] === 'Z' ? null : { parent: Number(rest[1]) };
  } catch {
    return null;
  }
}

function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => statusOf(pid)?.parent === parent);
}

function firstNumber(file: string): number | null {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || null;
  } catch {
    return null;
  }
}
