import { addAuditLine } from './audit.ts';
import {
  countMatching,
  filterValues,
  findRow,
  listReplays,
  MATCHES,
  type ReplayRow,
  viewOf,
} from './bulk-replay-row.ts';
import type { Database, Transaction } from './database.ts';
import type { DeadLetterKind } from './dead-letter.ts';
import type { AccountScope } from './scope.ts';
import { newId } from './ids.ts';
import { addOutboxRow } from './outbox.ts';
import type { Page, PageRequest } from './page.ts';

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
  /** Newest first. */
  list(
    scope: AccountScope,
    page: PageRequest & { accountId?: string | undefined },
  ): Promise<Page<BulkReplayView>>;
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
   * How many replays of its account and kind have begun lately and not come to an end; null unless it
   * is running. What waits longer, for a platform or a person, must not stand before all others.
   */
  countUnderWay(id: string): Promise<number | null>;
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
    list: (scope, page) => listReplays(database, scope, page),
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
    async countUnderWay(id) {
      const [row] = await database.query<{ count: number }>(
        `select (select count(*)::int from dead_letters l
                  where l.account_id = r.account_id and l.kind = r.kind
                    and l.state = 'replaying'
                    and l.replayed_at > now() - interval '1 minute') as count
           from bulk_replays r where r.id = $1 and r.state = 'running'`,
        [id],
      );
      return row?.count ?? null;
    },
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

async function readRow(tx: Transaction, id: string): Promise<ReplayRow> {
  const row = await findRow(tx, id);
  if (!row) throw new Error(`bulk replay ${id} is gone`);
  return row;
}

async function wake(tx: Transaction, id: string, accountId: string): Promise<void> {
  await addOutboxRow(tx, { kind: 'bulk_replay', target: id, accountId });
}
