import type { Direction } from '../domain/message.ts';

/** A message as the CRM's own table is to have it. */
export type MirrorMessage = {
  messageId: string;
  accountId: string;
  conversationId: string;
  channel: string;
  direction: Direction;
  /** The customer's platform id, in both directions. */
  userId: string;
  username: string;
  text: string;
  /** The message's own time. */
  at: Date;
  /** Null for incoming messages. */
  status: string | null;
};

/** A message made fit for the columns of the table. */
export type FittedRow = {
  messageId: string;
  /** A hash of what tells this row from others in the table. */
  fingerprint: string;
  /** In the order of the columns that are filled. */
  values: string[];
  /** Columns whose value had to be shortened, or lost characters that their charset lacks. */
  changed: string[];
  /** A column that cannot have its value even shortened: a short id would be another id. */
  impossible: string | null;
};

/**
 * Why the CRM's database did not take rows:
 * `unavailable`: not reached, no answer, no free connection, shutting down; `busy`: a lock, a
 * deadlock, or another writer of ours; `read_only`; `denied`: user or permissions; `schema`: the
 * table lacks something; `refused`: it is about the rows, and others would pass; `unknown`.
 */
export type MirrorFault =
  'unavailable' | 'busy' | 'read_only' | 'denied' | 'schema' | 'refused' | 'unknown';

export type MirrorErrorFields = {
  fault: MirrorFault;
  /** The driver's or the server's name of the error: `ECONNREFUSED`, `ER_NO_SUCH_TABLE`. */
  code: string;
  errno: number | null;
  sqlState: string | null;
  table: string;
  column: string | null;
  /** Whether the rows may be in the table all the same. */
  inDoubt: boolean;
  /** What the table lacks, where that is the fault. */
  problems?: string[];
  /** Whom the batch was about. */
  messageIds?: string[];
};

/** A failure in codes and names only: a driver's own words quote values. */
export class MirrorError extends Error {
  readonly fields: MirrorErrorFields;
  constructor(fields: MirrorErrorFields) {
    super(`the CRM's database: ${fields.fault} (${fields.code})`);
    this.name = 'MirrorError';
    this.fields = fields;
  }
}

/** What was found when the table was looked at. */
export type TableReport = {
  /** What keeps rows from being written, in names and types. Empty: nothing does. */
  problems: string[];
  /** Columns that would be filled if the table had them. */
  lacking: string[];
  /** Whether the table may be read: without it a doubtful write is repeated. */
  canSelect: boolean;
};

/** The table while it is ours alone to write to. */
export type TableWriter = {
  report: TableReport;
  /** The most rows of one transaction; one where the table knows no transactions. */
  mostRows: number;
  /** The most bytes of their values. */
  mostBytes: number;
  fit(message: MirrorMessage): FittedRow;
  /** Inserts all of them or none. Throws {@link MirrorError}. */
  insert(rows: FittedRow[]): Promise<void>;
  /** How many rows look like each of these, by fingerprint; null where the table cannot be read. */
  countPresent(rows: FittedRow[]): Promise<Map<string, number> | null>;
};

/** A row of the table, as it stands there. */
export type TableRow = {
  userId: string;
  username: string | null;
  direction: string;
  message: string | null;
  /** UTC, as the column has it: `2026-11-21 09:30:00`. */
  createdAt: string;
};

/** Rows of the table in a span of time, as a comparison needs them. */
export type PresentRow = { direction: string; day: string; fingerprints: string[] };

/** The CRM's own table. Every method throws {@link MirrorError}. */
export type CrmTable = {
  /** Where it is, for logs. */
  place: { host: string; port: number; user: string; database: string; table: string };
  /** What was found when it was last looked at, by anybody. */
  lastReport(): TableReport | null;
  /** Looks at the connection and the table's columns anew. */
  check(): Promise<TableReport>;
  /** Does the work while no other process of ours writes. */
  whileLocked<T>(work: (writer: TableWriter) => Promise<T>): Promise<T>;
  /** What the table has in a span of time; null where it cannot be read. */
  listPresent(from: Date, to: Date): Promise<PresentRow[] | null>;
  /** The rows with the latest times, newest first; null where the table cannot be read. */
  listNewest(limit: number): Promise<TableRow[] | null>;
  close(): Promise<void>;
};
