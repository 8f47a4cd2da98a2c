import type {
  BulkReplayState,
  BulkReplayView,
  NewBulkReplay,
  ReplayFilter,
} from './bulk-replay-store.ts';
import type { Transaction } from './database.ts';
import type { DeadLetterKind } from './dead-letter.ts';
import {
  microsOf,
  readTimeCursor,
  timeOfMicros,
  toTimePage,
  type Page,
  type PageRequest,
} from './page.ts';
import { scopeParameter, type AccountScope } from './scope.ts';

/** A row of `bulk_replays`. */
export type ReplayRow = {
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
export const MATCHES = `l.account_id = $1 and l.kind = $2 and l.state = 'open'
  and ($3::text is null or l.reason = $3)
  and ($4::timestamptz is null or l.created_at >= $4) and ($5::timestamptz is null or l.created_at < $5)
  and not exists (
        select from messages m
         where m.id = case when l.kind = 'message' then l.subject_id::uuid end
           and (m.status = 'unconfirmed' or exists (
                 select from send_attempts a
                   join message_parts p on p.message_id = a.message_id and p.part = a.part
                  where a.message_id = m.id and a.outcome = 'unknown' and p.sent_at is null)))`;

/** How many it means now. */
export async function countMatching(
  tx: Pick<Transaction, 'query'>,
  replay: Pick<NewBulkReplay, 'accountId' | 'kind' | 'filter'>,
): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `select count(*)::int as count from dead_letters l where ${MATCHES}`,
    filterValues({ account_id: replay.accountId, kind: replay.kind, filter: replay.filter }),
  );
  return row?.count ?? 0;
}

/** The parameters of {@link MATCHES}. */
export function filterValues(replay: Pick<ReplayRow, 'account_id' | 'kind' | 'filter'>): unknown[] {
  const { reason, from, to } = replay.filter;
  return [replay.account_id, replay.kind, reason ?? null, from ?? null, to ?? null];
}

/** With the cursor's microseconds, which a `Date` would lose. */
export async function findRow(
  tx: Pick<Transaction, 'query'>,
  id: string,
): Promise<ReplayRow | undefined> {
  const [row] = await tx.query<ReplayRow>(
    'select *, cursor_at::text as cursor_at from bulk_replays where id = $1',
    [id],
  );
  return row;
}

/** Those of the accounts of `scope`, or of one of them; newest first. */
export async function listReplays(
  tx: Pick<Transaction, 'query'>,
  scope: AccountScope,
  page: PageRequest & { accountId?: string | undefined },
): Promise<Page<BulkReplayView>> {
  const from = readTimeCursor(page.cursor, /^replay_[0-9a-f]{32}$/);
  const rows = await tx.query<ReplayRow & { micros: string }>(
    `select *, ${microsOf('created_at')} as micros from bulk_replays
      where ($1::text[] is null or account_id = any($1))
        and ($2::text is null or account_id = $2)
        and ($3::bigint is null or (created_at, id) < (${timeOfMicros('$3')}, $4))
      order by created_at desc, id desc limit $5`,
    [
      scopeParameter(scope),
      page.accountId ?? null,
      from?.micros ?? null,
      from?.id ?? null,
      page.limit + 1,
    ],
  );
  return toTimePage(rows, page.limit, viewOf);
}

/** The row as the API shows it. */
export function viewOf(row: ReplayRow): BulkReplayView {
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
