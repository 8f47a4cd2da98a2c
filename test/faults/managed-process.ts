import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isReady, until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** An orderly end has this long before the suite loses patience. */
const PATIENCE_MS = 30_000;

// Whoever ends the suite by Ctrl-C must not be left with the router's processes.
const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** One of the router's own processes, which may be killed and started any number of times. */
export type ManagedProcess = {
  name: string;
  /**
   * Resolves once its health page answers 200. Throws when it ends before. Arguments stay the same
   * until others are given.
   */
  start(args?: string[]): Promise<void>;
  isRunning(): boolean;
  /** What it has in memory, MB; 0 when it does not run, or where /proc is missing. */
  residentMb(): number;
  /** Sends the signal and waits for the end; its exit code, or null after a signal. */
  end(signal: NodeJS.Signals): Promise<number | null>;
};

export type ManagedProcessOptions = {
  name: string;
  /** A file under the checkout such as `src/api/main.ts`. */
  main: string;
  /** Asked at each start: a scenario may have changed it. */
  environment: () => Record<string, string>;
  readyUrl: string;
  logFile: string;
  /** Told when it ends though nobody asked. */
  onExit: (code: number | null, signal: NodeJS.Signals | null) => void;
};

/** The main file by this Node, with this environment and nothing of ours. */
export function createManagedProcess(options: ManagedProcessOptions): ManagedProcess {
  let child: ChildProcess | undefined;
  let asked = false;
  let args: string[] = [];
  const isRunning = () =>
    child !== undefined && child.exitCode === null && child.signalCode === null;

  return {
    name: options.name,
    isRunning,
    residentMb: () => (isRunning() ? readResidentMb(child?.pid ?? 0) : 0),
    async start(given) {
      args = given ?? args;
      const { PATH = '', HOME = '' } = process.env;
      const log = openSync(options.logFile, 'a', 0o600);
      asked = false;
      child = spawn(process.execPath, [options.main, ...args], {
        cwd: ROOT,
        env: { PATH, HOME, ...options.environment() },
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      const started = child;
      children.add(started);
      started.on('exit', (code, signal) => {
        children.delete(started);
        if (!asked) options.onExit(code, signal);
      });
      await until(`${options.name} answers ${options.readyUrl}`, 60_000, () => {
        if (!isRunning()) throw new Error(`${options.name} ended; see ${options.logFile}`);
        return isReady(options.readyUrl);
      });
    },
    async end(signal) {
      if (!child || !isRunning()) return null;
      asked = true;
      const exited = once(child, 'exit');
      child.kill(signal);
      const tooLong = setTimeout(() => child?.kill('SIGKILL'), PATIENCE_MS);
      const [code] = (await exited) as [number | null];
      clearTimeout(tooLong);
      return code;
    },
  };
}

function readResidentMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
