import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '../sandbox/http.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How a process ended: its exit code or the signal that ended it, and how long it took. */
export type Ended = { code: number | null; signal: NodeJS.Signals | null; ms: number };

/** One of the router's own processes, started as in production. May be started again after its end. */
export type RouterProcess = {
  /** Everything it wrote so far, over all of its lives. */
  output(): string;
  /** Resolves once `readyUrl` answers 200. Rejects with what it wrote when it ends before. */
  start(): Promise<void>;
  isRunning(): boolean;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
  /** Orderly if it can be, and in any case. */
  close(): Promise<void>;
};

/** Longer than the 20 s in which an orderly end has to happen: a test shall see that it was not. */
const PATIENCE_MS = 25_000;

/** A main file such as `src/api/main.ts` by this Node, with this environment and no other. */
export function createRouterProcess(options: {
  main: string;
  env: Record<string, string>;
  readyUrl: string;
}): RouterProcess {
  const written: string[] = [];
  let child: ChildProcess | undefined;
  const isRunning = () =>
    child !== undefined && child.exitCode === null && child.signalCode === null;

  async function end(signal: NodeJS.Signals): Promise<Ended> {
    if (!child || !isRunning()) throw new Error(`${options.main} is not running`);
    const begun = performance.now();
    const exited = once(child, 'exit');
    child.kill(signal);
    const tooLong = setTimeout(() => child?.kill('SIGKILL'), PATIENCE_MS);
    const [code, by] = (await exited) as [number | null, NodeJS.Signals | null];
    clearTimeout(tooLong);
    return { code, signal: by, ms: performance.now() - begun };
  }

  return {
    output: () => written.join(''),
    isRunning,
    end,
    async start() {
      const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
      const from = written.length;
      child = spawn(process.execPath, [options.main], {
        cwd: ROOT,
        env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => written.push(text));
      await until(
        `${options.main} answers ${options.readyUrl}`,
        () => {
          if (!isRunning()) throw new Error(`${options.main} ended`);
          return answers(options.readyUrl);
        },
        60_000,
      ).catch((error: Error) => {
        throw new Error(`${error.message}; it wrote:\n${written.slice(from).join('')}`);
      });
    },
    async close() {
      if (isRunning()) await end('SIGTERM');
    },
  };
}

/** Whether a GET is answered with 200. */
async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(2_000),
    });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}
