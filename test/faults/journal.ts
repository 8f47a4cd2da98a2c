import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What the driver was promised or did, in order. Times are ms since 1970. */
export type DriverEntry =
  /**
   * The router said 202. `may`: the final statuses that this fault allows; default `sent`.
   * `refusedLater`: the platform takes it, and says afterwards that it could not be delivered.
   */
  | {
      kind: 'accepted';
      at: number;
      messageId: string;
      account: string;
      customer: string;
      text: string;
      may?: string[];
      refusedLater?: boolean;
    }
  /** The router said 200 to what a customer wrote. `shuffled`: its place is not claimed. */
  | {
      kind: 'taken';
      at: number;
      account: string;
      customer: string;
      text: string;
      shuffled?: boolean;
    }
  /** Something that operators must be told of within a minute; `account`: its id, or a channel. */
  | { kind: 'alert_due'; at: number; cause: string; account: string | null }
  /** A process of the router ended though nobody asked it to. */
  | { kind: 'exit'; at: number; process: string; code: number | null; signal: string | null }
  /**
   * The message was put back at the end of its lane, at `at` or later and before the next entry of
   * its conversation. `once`: it goes out exactly once more, marked if it had come before.
   */
  | { kind: 'requeued'; at: number; messageId: string; once?: boolean }
  /** A figure for people. */
  | { kind: 'note'; at: number; what: string }
  /** A check of the scenario's own that failed. */
  | { kind: 'finding'; at: number; what: string };

/** A request in a journal of the platform or of the CRM. */
export type Call = {
  path: string;
  headers: Record<string, string>;
  body: unknown;
  raw: string;
  /** Null: the connection was cut. */
  status: number | null;
  /** The fault that was played; one that begins with `apply` had its effect all the same. */
  fault: string | null;
};

/** One at the platform. `send`: what it brought to whom; null for one that sends nothing. */
export type PlatformCall = Call & { at: number; send: { customer: string; text: string } | null };

/** An alert that reached the operators' webhook. */
export type AlertEntry = {
  at: number;
  cause: string;
  /** Its id, or the channel that it is about. */
  account: string | null;
  state: 'raised' | 'resolved';
};

/** What the public API says when all is over. */
export type StateEntry =
  | {
      kind: 'message';
      messageId: string;
      /** Null: the router does not know it. */
      status: string | null;
      possibleDuplicate: boolean;
    }
  | { kind: 'dead_letter'; of: 'message' | 'webhook'; subjectId: string; state: string };

/** Everything the checker sees. */
export type Journals = {
  driver: DriverEntry[];
  platform: PlatformCall[];
  crm: Call[];
  alerts: AlertEntry[];
  states: StateEntry[];
};

/** A file of one JSON value a line. */
export type Journal<Entry> = { write(entry: Entry): void; close(): void };

const NAMES = ['driver', 'platform', 'crm', 'alerts', 'states'] as const;

/** Every line is on the disk before `write` returns, as a promise has to be before it is given. */
export function openJournal<Entry>(folder: string, name: (typeof NAMES)[number]): Journal<Entry> {
  const file = openSync(join(folder, `${name}.jsonl`), 'a', 0o600);
  return {
    write(entry) {
      writeSync(file, `${JSON.stringify(entry)}\n`);
      fsyncSync(file);
    },
    close: () => closeSync(file),
  };
}

/** Reads the journals of a run; one that was never written is empty. */
export function readJournals(folder: string): Journals {
  const read = (name: string): unknown[] => {
    const path = join(folder, `${name}.jsonl`);
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as unknown);
  };
  return Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Journals;
}
