import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Everything that is still there after a restart: a part per platform, and the demo CRM's. */
type SavedState = { version: 1 } & Record<string, unknown>;

export type StateStore = {
  /** The part under this name, to be changed in place; made by `empty` where there is none. */
  part<T extends object>(name: string, empty: () => T): T;
  /** Saves soon; many changes in a row are saved once. */
  save(): void;
  /** Saves now, if a change is waiting. */
  flush(): void;
};

/** Milliseconds a change may wait for others before it is written. */
const GATHER = 300;

/** Loads `file` if it is there, and keeps it up to date. Without a file nothing is kept. */
export function createStateStore(file: string | undefined): StateStore {
  const state: SavedState = load(file) ?? { version: 1 };
  let waiting: NodeJS.Timeout | undefined;
  function flush(): void {
    if (!waiting || !file) return;
    clearTimeout(waiting);
    waiting = undefined;
    writeAtomically(file, JSON.stringify(state, mapsAsEntries));
  }
  return {
    // What an older sandbox saved may lack members that came later.
    part: <T extends object>(name: string, empty: () => T) =>
      (state[name] = { ...empty(), ...(state[name] as T | undefined) }) as T,
    flush,
    save: () => void (file && (waiting ??= setTimeout(flush, GATHER).unref())),
  };
}

function load(file: string | undefined): SavedState | undefined {
  if (!file) return undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text, entriesAsMaps);
  } catch {
    // A file from a broken disk must not keep the sandbox from starting; it is kept for a look.
    renameSync(file, `${file}.unreadable`);
    return undefined;
  }
}

/** The file holds tokens of accounts, hence the mode. A crash leaves the old file or the new one. */
function writeAtomically(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function mapsAsEntries(_key: string, value: unknown): unknown {
  return value instanceof Map ? { $map: [...value] } : value;
}

function entriesAsMaps(_key: string, value: unknown): unknown {
  const entries = (value as { $map?: [string, unknown][] } | null)?.$map;
  return Array.isArray(entries) ? new Map(entries) : value;
}
