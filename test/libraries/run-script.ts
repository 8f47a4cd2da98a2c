import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Installed } from './install.ts';

/** One thing that a library did: whether it understood the answer, or was refused as it should be. */
export type Step = { step: string; ok: boolean; detail?: string };
type Line = Step | { ready: string };

/** Milliseconds that one library has for everything. */
const LIMIT = 180_000;

/**
 * Runs a library's script to its end. `play` is called where the script waits for the customer, and
 * returns the number of updates that it made.
 */
export async function runScript(
  { program, script }: Installed,
  env: Record<string, string>,
  play: (ready: string) => Promise<number>,
): Promise<Step[]> {
  const child = spawn(program, [script], {
    env: { ...process.env, ...env, PYTHONUNBUFFERED: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors = (errors + data.toString()).slice(-2000)));
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  const steps: Step[] = [];
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve));
  for await (const text of createInterface({ input: child.stdout })) {
    const line = parse(text);
    if (!line) continue;
    if ('step' in line) steps.push(line);
    else child.stdin.write(`${await played(line.ready, play, steps)}\n`);
  }
  const code = await ended;
  clearTimeout(timer);
  if (code !== 0)
    steps.push({ step: 'the script itself', ok: false, detail: `exit ${code} ${errors}` });
  return steps;
}

async function played(ready: string, play: (ready: string) => Promise<number>, steps: Step[]) {
  try {
    return await play(ready);
  } catch (error) {
    steps.push({ step: `customer (${ready})`, ok: false, detail: String(error) });
    return 0;
  }
}

/** Libraries print too; only our own lines count. */
function parse(text: string): Line | undefined {
  if (!/^\{"(step|ready)":/.test(text)) return undefined;
  return JSON.parse(text) as Line;
}
