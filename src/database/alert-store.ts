import { alertSubject, type AlertCause } from './alert.ts';
import { type AlertThresholds, evaluateAlerts } from './alert-evaluation.ts';
import type { Database } from './database.ts';
import { type AccountScope, scopeParameter } from './scope.ts';
import {
  microsOf,
  readTimeCursor,
  timeOfMicros,
  toTimePage,
  type Page,
  type PageRequest,
} from './page.ts';

export type AlertView = {
  id: string;
  cause: AlertCause;
  /** Null for what concerns a channel or the router itself. */
  accountId: string | null;
  /** The channel that it concerns as a whole; null for everything else. */
  channel: string | null;
  firstAt: Date;
  lastAt: Date;
  count: number;
  /** Of `unknown_platform_code`: how often each code came. */
  codes: Record<string, number>;
  resolvedAt: Date | null;
  /** The first of the runs that it is about, where it is about runs. */
  workflowIds: string[];
};

export type AlertNotice = AlertView & { state: 'raised' | 'resolved' };

export type AlertStore = {
  list(
    scope: AccountScope,
    page: PageRequest & { open?: boolean | undefined },
  ): Promise<Page<AlertView>>;
  /**
   * Raises and resolves what can only be seen by looking. `starting`: workers may not have had the
   * time to say that they live, so that silence is not raised; what was raised before goes on.
   */
  evaluate(thresholds: AlertThresholds, options?: { starting: boolean }): Promise<void>;
  /**
   * Hands over what somebody has to be told of: new ones, those that go on once an hour, ended ones.
   * Each is taken for half a minute, so that two processes do not both tell, and written down by
   * itself: one that takes its time, or fails, says nothing of the others. `send` answers whether it
   * arrived.
   */
  notify(send: (notice: AlertNotice) => Promise<boolean>): Promise<number>;
};

type AlertRow = {
  id: string;
  cause: AlertCause;
  account_id: string;
  first_at: Date;
  last_at: Date;
  count: number;
  codes: Record<string, number>;
  resolved_at: Date | null;
  notified_at: Date | null;
  micros: string;
  workflow_ids: string[];
};

export function createAlertStore(database: Database): AlertStore {
  return {
    async list(scope, page) {
      const from = readTimeCursor(page.cursor, /^alert_[0-9a-f]{32}$/);
      const rows = await database.query<AlertRow>(
        `select *, ${microsOf('first_at')} as micros from alerts
          where ($1::text[] is null or account_id = any($1))
            and ($2::boolean is null or (resolved_at is null) = $2)
            and ($3::bigint is null or (first_at, id) < (${timeOfMicros('$3')}, $4))
          order by first_at desc, id desc limit $5`,
        [
          scopeParameter(scope),
          page.open ?? null,
          from?.micros ?? null,
          from?.id ?? null,
          page.limit + 1,
        ],
      );
      return toTimePage(rows, page.limit, alertView);
    },
    evaluate: (thresholds, { starting } = { starting: false }) =>
      evaluateAlerts(database, thresholds, starting),
    async notify(send) {
      const told: string[] = [];
      while (told.length < MOST_NOTICES) {
        const row = await takeNotice(database, told);
        if (!row) break;
        told.push(row.id);
        await tell(database, row, send);
      }
      return told.length;
    },
  };
}

/** In one look; the next one goes on. */
const MOST_NOTICES = 20;

async function takeNotice(database: Database, told: string[]): Promise<AlertRow | undefined> {
  const [row] = await database.query<AlertRow>(
    `update alerts set notify_not_before = now() + interval '30 seconds'
      where id = (select id from alerts
                   where notify_not_before <= now() and id <> all($1::text[])
                     and (notified_at is null
                          or resolved_at is null and last_at > notified_at
                             and notified_at < now() - interval '1 hour'
                          or resolved_at is not null and end_notified_at is null)
                   order by first_at limit 1 for update skip locked)
      returning *`,
    [told],
  );
  return row;
}

async function tell(
  database: Database,
  row: AlertRow,
  send: (notice: AlertNotice) => Promise<boolean>,
): Promise<void> {
  // The end of something that nobody was told of would be a riddle: its begin comes first.
  const begins = row.resolved_at === null || row.notified_at === null;
  const state = begins ? 'raised' : 'resolved';
  const arrived = await send({ ...alertView(row), state }).catch(() => false);
  await database.query(
    `update alerts set
        notified_at = case when $2 and $3 = 'raised' then now() else notified_at end,
        end_notified_at = case when $2 and $3 = 'resolved' then now() else end_notified_at end,
        notify_attempts = case when $2 then 0 else notify_attempts + 1 end,
        notify_not_before = case when $2 then now() else
          now() + least(300, power(2, least(notify_attempts, 8))) * interval '1 second' end
      where id = $1`,
    [row.id, arrived, state],
  );
}

function alertView(row: AlertRow): AlertView {
  return {
    id: row.id,
    cause: row.cause,
    ...alertSubject(row.account_id),
    firstAt: row.first_at,
    lastAt: row.last_at,
    count: row.count,
    codes: row.codes,
    resolvedAt: row.resolved_at,
    workflowIds: row.workflow_ids,
  };
}
