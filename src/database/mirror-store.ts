import type { FittedRow, MirrorErrorFields } from '../crm/mirror.ts';
import type { Database } from './database.ts';
import { closeDeadLetter, openDeadLetter } from './dead-letter.ts';
import { readQueue, type QueuedMessage } from './mirror/mirror-rows.ts';

/** A message of the queue as it is tried: in the shape of the CRM's table. */
export type TriedRow = FittedRow & { queueId: string; attempts: number };

/** The queue into the CRM's own database, as the one that empties it sees it. */
export type MirrorStore = {
  /** The next messages in their order. */
  listPending(limit: number): Promise<QueuedMessage[]>;
  /** Messages whose last try may have written them, in their order. */
  listDoubtful(limit: number): Promise<QueuedMessage[]>;
  /** Says that they are about to be written: whoever dies from here on leaves a doubt, not a gap. */
  begin(rows: TriedRow[]): Promise<void>;
  /** They are in the table. */
  finish(rows: { queueId: string }[]): Promise<void>;
  /** They are certainly not in the table and wait in their old place. */
  putBack(rows: { queueId: string }[]): Promise<void>;
  /** The table cannot take this one: it becomes a dead letter, and the others pass. */
  refuse(row: { queueId: string }, why: RefusedFor): Promise<void>;
  /** How many rows with each of these fingerprints are known to be written. */
  countWritten(fingerprints: string[]): Promise<Map<string, number>>;
  noteWrite(write: { rows: number; durationMs: number }): Promise<void>;
  noteError(error: MirrorErrorFields): Promise<void>;
};

export type RefusedFor = Pick<MirrorErrorFields, 'code' | 'sqlState' | 'column'>;

export function createMirrorStore(database: Database): MirrorStore {
  const setState = async (rows: { queueId: string }[], change: string) =>
    void (await database.query(`update mirror_queue set ${change} where id = any($1::bigint[])`, [
      rows.map(({ queueId }) => queueId),
    ]));
  return {
    listPending: (limit) => readQueue(database.query, 'pending', limit),
    listDoubtful: (limit) => readQueue(database.query, 'writing', limit),
    async begin(rows) {
      await database.query(
        `update mirror_queue q
            set state = 'writing', fingerprint = given.fingerprint, attempts = attempts + 1,
                first_attempt_at = coalesce(first_attempt_at, now()), last_attempt_at = now()
           from unnest($1::bigint[], $2::text[]) as given (id, fingerprint)
          where q.id = given.id`,
        [rows.map(({ queueId }) => queueId), rows.map(({ fingerprint }) => fingerprint)],
      );
    },
    finish: (rows) => finish(database, rows),
    putBack: (rows) => setState(rows, `state = 'pending'`),
    refuse: (row, why) => refuse(database, row.queueId, why),
    async countWritten(fingerprints) {
      const rows = await database.query<{ fingerprint: string; count: number }>(
        `select fingerprint, count(*)::int as count from mirror_queue
          where fingerprint = any($1) and state = 'written' group by fingerprint`,
        [fingerprints],
      );
      return new Map(rows.map(({ fingerprint, count }) => [fingerprint, count]));
    },
    async noteWrite({ rows, durationMs }) {
      await database.query(
        `insert into mirror_status (id, last_write_at, last_write_rows, last_write_ms)
         values ('crm', now(), $1, $2)
         on conflict (id) do update set last_write_at = now(), last_write_rows = $1, last_write_ms = $2`,
        [rows, Math.round(durationMs)],
      );
    },
    async noteError(error) {
      await database.query(
        `insert into mirror_status (id, last_error_at, last_error) values ('crm', now(), $1)
         on conflict (id) do update set last_error_at = now(), last_error = $1`,
        [JSON.stringify({ ...error, messageIds: undefined })],
      );
    },
  };
}

async function finish(database: Database, rows: { queueId: string }[]): Promise<void> {
  const ids = rows.map(({ queueId }) => queueId);
  await database.transaction(async (tx) => {
    await tx.query(
      `update mirror_queue set state = 'written', written_at = now(), error_code = null,
              error_detail = null
        where id = any($1::bigint[])`,
      [ids],
    );
    const letters = await tx.query<{ subject_id: string }>(
      `select subject_id from dead_letters
        where kind = 'mirror' and subject_id = any($1) and state in ('open', 'replaying')`,
      [ids],
    );
    for (const { subject_id } of letters) await closeDeadLetter(tx, 'mirror', subject_id);
  });
}

async function refuse(database: Database, queueId: string, why: RefusedFor): Promise<void> {
  const detail = [
    why.column === null ? null : `column ${why.column}`,
    why.sqlState === null ? null : `SQL state ${why.sqlState}`,
  ];
  await database.transaction(async (tx) => {
    await tx.query(
      `update mirror_queue
          set state = 'dead', error_code = $2, error_detail = $3,
              attempts = greatest(attempts, 1), last_attempt_at = now(),
              first_attempt_at = coalesce(first_attempt_at, now())
        where id = $1`,
      [queueId, why.code, detail.filter((part) => part !== null).join(', ') || null],
    );
    await openDeadLetter(tx, 'mirror', queueId, { reason: 'refused', statusCode: null });
  });
}
