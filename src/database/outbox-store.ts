import type { Database, Transaction } from './database.ts';
import type { OutboxDetails, OutboxKind } from './outbox.ts';

/** One call to make: all due rows of one kind and target. */
export type OutboxCall = {
  ids: string[];
  kind: OutboxKind;
  target: string;
  accountId: string;
  channel: string | null;
  /** The highest of the rows: an older round would end without a call. */
  round: number | null;
  traceId: string | null;
  /** Of the newest row. */
  details: OutboxDetails;
  attempts: number;
};

/** What became of a call. `refused`: only this one is tried again later. */
export type OutboxResult = 'done' | 'refused';

export type OutboxStore = {
  /**
   * Claims due rows and hands them to `dispatch` while they are locked: a dispatcher that dies
   * leaves them to the next one. When `dispatch` throws, everything stays as it was.
   */
  claim(
    limit: number,
    dispatch: (calls: OutboxCall[]) => Promise<Map<OutboxCall, OutboxResult>>,
  ): Promise<number>;
  /** Age of the oldest row that is due, ms; null when there is none. */
  oldestDueMs(): Promise<number | null>;
};

type OutboxRow = {
  id: string;
  kind: OutboxKind;
  target: string;
  account_id: string;
  channel: string | null;
  round: number | null;
  trace_id: string | null;
  details: OutboxDetails | null;
  attempts: number;
};

export function createOutboxStore(database: Database): OutboxStore {
  return {
    claim: (limit, dispatch) =>
      database.transaction(async (tx) => {
        const rows = await claimRows(tx, limit);
        if (rows.length === 0) return 0;
        const results = await dispatch(groupCalls(rows));
        await settle(tx, results);
        return rows.length;
      }),
    async oldestDueMs() {
      const [row] = await database.query<{ age: number | null }>(
        `select extract(epoch from now() - min(not_before))::float8 * 1000 as age
           from outbox where not_before <= now()`,
      );
      return row?.age ?? null;
    },
  };
}

/**
 * Goes round the accounts, so that one account's backlog does not stand before the others. One
 * `events_ready` stands for all events committed so far, also for those that might have waited; so
 * does one `mirror_ready`.
 */
async function claimRows(tx: Transaction, limit: number): Promise<OutboxRow[]> {
  return tx.query<OutboxRow>(
    `with due as (
       select id, kind, target, row_number() over (partition by account_id order by id) as turn
         from outbox where not_before <= now() order by turn, id limit $1 * 4),
     chosen as (
       select id, kind, target from outbox where id in (select id from due)
        order by (select turn from due where due.id = outbox.id), id
        limit $1 for update skip locked)
     select o.id, o.kind, o.target, o.account_id, o.channel, o.round, o.trace_id, o.details,
            o.attempts
       from outbox o
      where (o.kind, o.target) in (select kind, target from chosen)
        and (o.not_before <= now() or o.kind in ('events_ready', 'mirror_ready'))
      order by o.id
        for update skip locked`,
    [limit],
  );
}

function groupCalls(rows: OutboxRow[]): OutboxCall[] {
  const groups = Map.groupBy(rows, (row) => `${row.kind}|${row.target}`);
  return [...groups.values()].flatMap((group) => {
    const last = group.at(-1);
    if (!last) return [];
    return {
      ids: group.map((row) => row.id),
      kind: last.kind,
      target: last.target,
      accountId: last.account_id,
      channel: last.channel,
      round: group.reduce<number | null>(
        (highest, { round }) => (round === null ? highest : Math.max(highest ?? 0, round)),
        null,
      ),
      traceId: last.trace_id,
      details: last.details ?? {},
      attempts: Math.max(...group.map((row) => row.attempts)),
    };
  });
}

/** Rows of calls that were made leave; a refused one comes back later and later, up to a minute. */
async function settle(tx: Transaction, results: Map<OutboxCall, OutboxResult>): Promise<void> {
  const ids = (wanted: OutboxResult) =>
    [...results].filter(([, result]) => result === wanted).flatMap(([call]) => call.ids);
  await tx.query('delete from outbox where id = any($1)', [ids('done')]);
  await tx.query(
    `update outbox set attempts = attempts + 1,
            not_before = now() + least(60, power(2, least(attempts, 6))) * interval '1 second'
      where id = any($1)`,
    [ids('refused')],
  );
}
