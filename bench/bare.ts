import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BareRequest, BareResult } from './bare-process.ts';

/** Bare workflows on the router's own Temporal server: the floor of everything that passes it. */
export type Bare = {
  pid: number;
  run(request: BareRequest): Promise<BareResult>;
  close(): Promise<void>;
};

/** Starts their client and worker in a process of their own. */
export async function startBare(temporalAddress: string): Promise<Bare> {
  const file = fileURLToPath(new URL('./bare-process.ts', import.meta.url));
  const child = fork(file, [temporalAddress], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await answer(child);
  return {
    pid: child.pid ?? 0,
    async run(request) {
      child.send(request);
      return (await answer(child)) as BareResult;
    },
    async close() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function answer(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const onExit = () => ended.abort(new Error('the process of the bare workflows ended'));
  child.once('exit', onExit);
  try {
    const [message] = (await once(child, 'message', { signal: ended.signal })) as [unknown];
    return message;
  } finally {
    child.off('exit', onExit);
  }
}
