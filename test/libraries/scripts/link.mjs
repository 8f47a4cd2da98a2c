/** What a script and the runner say to each other: JSON lines out, and a line in per `ready`. */
import { createInterface } from 'node:readline';

export const { SANDBOX, TOKEN } = process.env;
export const CHAT = Number(process.env.CHAT);
export const GROUP = Number(process.env.GROUP);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** The runner plays the customer now; resolves with how many updates it made. */
export async function ready(what) {
  say({ ready: what });
  return Number((await lines.next()).value);
}

/** Runs one step: it must pass, or be refused with a text that fits. */
export async function step(name, run, refused) {
  try {
    const result = await run();
    say({ step: name, ok: refused === undefined, detail: refused && 'it was taken' });
    return result;
  } catch (error) {
    const text = String(
      error?.description ?? error?.response?.description ?? error?.message ?? error,
    );
    say({ step: name, ok: refused?.test(text) ?? false, detail: text });
    return undefined;
  }
}

export const done = () => process.exit(0);
