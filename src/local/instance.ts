import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning } from './processes.ts';
import type { Part } from './shutdown.ts';

/** Part of the command line of every `npm start`. */
const MARKER = 'src/local/main.ts';

/** One that was just told to stop is usually gone by then. */
const STOPPING_MS = 3000;

/**
 * Claims the data folder for this process ; closing gives it back. Throws when another
 * `npm start` uses it: its PostgreSQL would otherwise pass for one that a killed start left behind.
 */
export async function claimDataFolder(dataDir: string): Promise<Part> {
  const file = join(dataDir, 'start.pid');
  mkdirSync(dataDir, { recursive: true });
  const pid = readPid(file);
  const isOther = () => pid !== undefined && pid !== process.pid && isRunning(pid, MARKER);
  const deadline = Date.now() + STOPPING_MS;
  while (isOther() && Date.now() < deadline) await pause(50);
  if (isOther())
    throw new Error(
      `Chat4All already runs here (process ${pid}). Stop it, or set DATA_DIR and the ports.`,
    );
  writeFileSync(file, String(process.pid));
  return { close: async () => rmSync(file, { force: true }) };
}

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}
