import { addAuditLine } from './audit.ts';
import type { Database, Transaction } from './database.ts';
import type { DeadLetterKind } from './dead-letter.ts';
import { newId } from './ids.ts';
import { addOutboxRow } from './outbox.ts';

/** Which open dead letters of one account a bulk replay means. */
export type ReplayFilter = {
  reason?: string | undefined;
  /** Created at or after, and before; ISO 8601. */
  from?: string | undefined;
  to?: string | undefined;
};

export type BulkReplayState = 'running' | 'paused' | 'cancelled' | 'done';

export type BulkReplayView = {
  id: string;
  accountId: string;
  kind: DeadLetterKind;
  filter: ReplayFilter;
  ratePerSecond: number;
  state: BulkReplayState;
  total: number;
  replayed: number;
  /** Dealt with by somebody else in the meantime. */
  skipped: number;
  createdAt: Date;
  finishedAt: Date | null;
};

export type NewBulkReplay = {
  accountId: string;
  kind: DeadLetterKind;
  filter: ReplayFilter;
  ratePerSecond: number;
  createdBy: string;
};

export type BulkReplayStore = {
  /** How many dead letters it would replay now. */
  preview(replay: Pick<NewBulkReplay, 'accountId' | 'kind' | 'filter'>): Promise<number>;
  create(replay: NewBulkReplay): Promise<BulkReplayView>;
  find(id: string): Promise<BulkReplayView | null>;
  /** Null when it is over. `actor`: for the audit log. */
  setState(
    id: string,
    state: 'running' | 'paused' | 'cancelled',
    actor: string,
  ): Promise<BulkReplayView | null>;
  /** The dead letters behind its cursor, in the order of their creation. */
  findNext(
    id: string,
    limit: number,
  ): Promise<{ view: BulkReplayView; letters: NextLetter[] } | null>;
  /**
   * Moves the cursor behind a batch. What was replayed has counted itself; with the last batch all
   * others of the total were dealt with by somebody else, and the replay is done.
   */
  advance(
    id: string,
    batch: { skipped: number; cursor: NextLetter | undefined; last: boolean },
  ): Promise<BulkReplayView | null>;
};

/** `createdAt` with the microseconds that a `Date` would lose. */
export type NextLetter = { id: string; createdAt: string };

type ReplayRow = {
  id: string;
  account_id: string;
  kind: DeadLetterKind;
  filter: ReplayFilter;
  rate_per_second: number;
  state: BulkReplayState;
  total: number;
  replayed: number;
  skipped: number;
  cursor_at: string | null;
  cursor_id: string | null;
  created_at: Date;
  finished_at: Date | null;
};

/** A message that may have arrived is a person's decision, one by one. */
const MATCHES = `l.account_id = $1 and l.kind = $2 and l.state = 'open'
  and ($3::text is null or l.reason = $3)
  and ($4::timestamptz is null or l.created_at >= $4) and ($5::timestamptz is null or l.created_at < $5)
  and not exists (
        select from messages m
         where m.id = case when l.kind = 'message' then l.subject_id::uuid end
           and (m.status = 'unconfirmed' or exists (
                 select from send_attempts a
                   join message_parts p on p.message_id = a.message_id and p.part = a.part
                  where a.message_id = m.id and a.outcome = 'unknown' and p.sent_at is null)))`;

export function createBulkReplayStore(database: Database): BulkReplayStore {
  return {
    preview: (replay) => countMatching(database, replay),
    create: (replay) =>
      database.transaction(async (tx) => {
        const id = newId('replay');
        await tx.query(
          `insert into bulk_replays (id, account_id, kind, filter, rate_per_second, total, created_by)
           values ($1, $2, $3, $4, $5, $6, $7)`,
          [
            id,
            replay.accountId,
            replay.kind,
            JSON.stringify(replay.filter),
            replay.ratePerSecond,
            await countMatching(tx, replay),
            replay.createdBy,
          ],
        );
        await wake(tx, id, replay.accountId);
        await addAuditLine(tx, {
          actor: replay.createdBy,
          action: 'bulk_replay.create',
          subject: id,
        });
        return viewOf(await readRow(tx, id));
      }),
    async find(id) {
      const row = await findRow(database, id);
      return row ? viewOf(row) : null;
    },
    setState: (id, state, actor) =>
      database.transaction(async (tx) => {
        const [row] = await tx.query<{ account_id: string }>(
          `update bulk_replays set state = $2,
                  finished_at = case when $2 = 'cancelled' then now() else finished_at end
            where id = $1 and state in ('running', 'paused') returning account_id`,
          [id, state],
        );
        if (!row) return null;
        await wake(tx, id, row.account_id);
        await addAuditLine(tx, { actor, action: `bulk_replay.${state}`, subject: id });
        return viewOf(await readRow(tx, id));
      }),
    findNext: (id, limit) => findNext(database, id, limit),
    async advance(id, { skipped, cursor, last }) {
      await database.query(
        `update bulk_replays
            set skipped = case when $3 then greatest(total - replayed, 0) else skipped + $2 end,
                state = case when $3 and state = 'running' then 'done' else state end,
                finished_at = case when $3 and state = 'running' then now() else finished_at end,
                cursor_at = coalesce($4, cursor_at), cursor_id = coalesce($5, cursor_id)
          where id = $1`,
        [id, skipped, last, cursor?.createdAt ?? null, cursor?.id ?? null],
      );
      const row = await findRow(database, id);
      return row ? viewOf(row) : null;
    },
  };
}

async function findNext(
  database: Database,
  id: string,
  limit: number,
): Promise<{ view: BulkReplayView; letters: NextLetter[] } | null> {
  const row = await findRow(database, id);
  if (!row) return null;
  if (row.state !== 'running') return { view: viewOf(row), letters: [] };
  // By `opened_at`: what was replayed already and failed again is for another bulk replay.
  const letters = await database.query<NextLetter>(
    `select l.id, l.created_at::text as "createdAt" from dead_letters l
      where ${MATCHES}
        and l.opened_at <= (select created_at from bulk_replays where id = $6)
        and ($7::timestamptz is null or (l.created_at, l.id) > ($7::timestamptz, $8))
      order by l.created_at, l.id limit $9`,
    [...filterValues(row), id, row.cursor_at, row.cursor_id, limit],
  );
  return { view: viewOf(row), letters };
}

async function countMatching(
  tx: Pick<Transaction, 'query'>,
  replay: Pick<NewBulkReplay, 'accountId' | 'kind' | 'filter'>,
): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `select count(*)::int as count from dead_letters l where ${MATCHES}`,
    filterValues({ account_id: replay.accountId, kind: replay.kind, filter: replay.filter }),
  );
  return row?.count ?? 0;
}

function filterValues(replay: Pick<ReplayRow, 'account_id' | 'kind' | 'filter'>): unknown[] {
  const { reason, from, to } = replay.filter;
  return [replay.account_id, replay.kind, reason ?? null, from ?? null, to ?? null];
}

async function findRow(tx: Pick<Transaction, 'query'>, id: string): Promise<ReplayRow | undefined> {
  const [row] = await tx.query<ReplayRow>(
    'select *, cursor_at::text as cursor_at from bulk_replays where id = $1',
    [id],
  );
  return row;
}

async function readRow(tx: Transaction, id: string): Promise<ReplayRow> {
  const row = await findRow(tx, id);
  if (!row) throw new Error(`bulk replay ${id} is gone`);
  return row;
}

async function wake(tx: Transaction, id: string, accountId: string): Promise<void> {
  await addOutboxRow(tx, { kind: 'bulk_replay', target: id, accountId });
}

function viewOf(row: ReplayRow): BulkReplayView {
  return {
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    filter: row.filter,
    ratePerSecond: row.rate_per_second,
    state: row.state,
    total: row.total,
    replayed: row.replayed,
    skipped: row.skipped,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
