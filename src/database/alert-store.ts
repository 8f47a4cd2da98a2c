import { raiseAlert, resolveAlert, type AlertCause } from './alert.ts';
import type { Database } from './database.ts';
import type { AccountScope } from './message-store.ts';
import {
  microsOf,
  readTimeCursor,
  timeCursor,
  timeOfMicros,
  toPage,
  type Page,
  type PageRequest,
} from './page.ts';

export type AlertView = {
  id: string;
  cause: AlertCause;
  /** Null for what concerns the router itself. */
  accountId: string | null;
  firstAt: Date;
  lastAt: Date;
  count: number;
  resolvedAt: Date | null;
};

/** What is looked at again and again; milliseconds. */
export type AlertThresholds = {
  outboxMs: number;
  workerMs: number;
  backlogMs: number;
  endpointDownMs: number;
  messageP95Ms: number;
  mirrorMs: number;
};

export type AlertNotice = AlertView & { state: 'raised' | 'resolved' };

export type AlertStore = {
  list(
    scope: AccountScope,
    page: PageRequest & { open?: boolean | undefined },
  ): Promise<Page<AlertView>>;
  /** Raises and resolves what can only be seen by looking. */
  evaluate(thresholds: AlertThresholds): Promise<void>;
  /**
   * Hands over what somebody has to be told of: new ones, those that go on once an hour, ended ones.
   * Locked meanwhile, so that two processes do not both tell; `send` answers whether it arrived.
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
  resolved_at: Date | null;
  notified_at: Date | null;
  micros: string;
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
          scope === '*' ? null : scope,
          page.open ?? null,
          from?.micros ?? null,
          from?.id ?? null,
          page.limit + 1,
        ],
      );
      const result = toPage(rows, page.limit, (last) => timeCursor(last));
      return { ...result, items: result.items.map(alertView) };
    },
    evaluate: (thresholds) => evaluate(database, thresholds),
    notify: (send) =>
      database.transaction(async (tx) => {
        const rows = await tx.query<AlertRow>(
          `select * from alerts
            where notify_not_before <= now()
              and (notified_at is null
                   or resolved_at is null and last_at > notified_at
                      and notified_at < now() - interval '1 hour'
                   or resolved_at is not null and end_notified_at is null)
            order by first_at limit 20 for update skip locked`,
        );
        for (const row of rows) {
          // The end of something that nobody was told of would be a riddle: its begin comes first.
          const begins = row.resolved_at === null || row.notified_at === null;
          const state = begins ? 'raised' : 'resolved';
          const arrived = await send({ ...alertView(row), state });
          await tx.query(
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
        return rows.length;
      }),
  };
}

function alertView(row: AlertRow): AlertView {
  return {
    id: row.id,
    cause: row.cause,
    accountId: row.account_id === '' ? null : row.account_id,
    firstAt: row.first_at,
    lastAt: row.last_at,
    count: row.count,
    resolvedAt: row.resolved_at,
  };
}

type Findings = {
  outbox_ms: number | null;
  worker_ms: number | null;
  backlog_ms: number | null;
  p95_ms: number | null;
  mirror_ms: number | null;
};

/** Events of a disabled endpoint or account wait on purpose. */
const FINDINGS = `
  select
    (select extract(epoch from now() - min(not_before)) * 1000 from outbox
      where not_before <= now())::float8 as outbox_ms,
    (select extract(epoch from now() - max(at)) * 1000 from heartbeats
      where name like 'worker:%')::float8 as worker_ms,
    (select extract(epoch from now() - min(d.stored_at)) * 1000 from webhook_deliveries d
       join webhook_endpoints e on e.account_id = d.account_id
       join accounts a on a.id = d.account_id and a.enabled and a.deleted_at is null
      where d.state = 'pending' and e.disabled_at is null and e.url is not null)::float8 as backlog_ms,
    (select percentile_cont(0.95) within group (order by extract(epoch from resolved_at - created_at))
            * 1000 from messages
      where direction = 'out' and source <> 'platform_app'
        and resolved_at > now() - interval '5 minutes'
        and status in ('sent', 'delivered', 'read'))::float8 as p95_ms,
    (select extract(epoch from now() - min(queued_at)) * 1000 from mirror_queue
      where state in ('pending', 'writing'))::float8 as mirror_ms`;

async function evaluate(database: Database, limits: AlertThresholds): Promise<void> {
  const [found] = await database.query<Findings>(FINDINGS);
  if (!found) return;
  const over: [AlertCause, number | null, number][] = [
    ['outbox_stuck', found.outbox_ms, limits.outboxMs],
    ['worker_silent', found.worker_ms ?? Number.MAX_VALUE, limits.workerMs],
    ['events_backlog', found.backlog_ms, limits.backlogMs],
    ['messages_slow', found.p95_ms, limits.messageP95Ms],
    ['mirror_stuck', found.mirror_ms, limits.mirrorMs],
  ];
  for (const [cause, value, limit] of over)
    if (value !== null && value > limit) await raiseAlert(database, cause);
    else await resolveAlert(database, cause);
  await evaluateAccounts(database, limits);
}

/** Alerts of an account end when nothing of their kind is left. */
async function evaluateAccounts(database: Database, limits: AlertThresholds): Promise<void> {
  const down = await database.query<{ account_id: string }>(
    `select e.account_id from webhook_endpoints e
       join accounts a on a.id = e.account_id and a.enabled and a.deleted_at is null
      where e.breaker_state = 'open'
        and e.breaker_opened_at < now() - $1 * interval '1 millisecond'`,
    [limits.endpointDownMs],
  );
  for (const { account_id } of down) await raiseAlert(database, 'endpoint_down', account_id);
  await database.query(
    `update alerts a set resolved_at = now()
      where resolved_at is null
        and (cause in ('dead_letter', 'dead_letter_expired')
               and not exists (select from dead_letters d
                                where d.account_id = a.account_id and d.state in ('open', 'replaying'))
             or cause = 'crm_unauthorized'
               and not exists (select from dead_letters d
                                where d.account_id = a.account_id and d.state in ('open', 'replaying')
                                  and d.reason = 'unauthorized'))`,
  );
}
