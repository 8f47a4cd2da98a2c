import { ofChannel, raiseAlert, resolveAlert, type AlertCause } from './alert.ts';
import type { Database } from './database.ts';
import { createHeartbeatStore, WORKERS } from './heartbeat-store.ts';

/** What is looked at again and again; milliseconds. */
export type AlertThresholds = {
  outboxMs: number;
  /** For the worker and for each channel's. */
  workerMs: number;
  backlogMs: number;
  endpointDownMs: number;
  /** Since the CRM was told that a message waits. */
  delayedMs: number;
  messageP95Ms: number;
  mirrorMs: number;
};

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
      where starts_with(name, '${WORKERS}'))::float8 as worker_ms,
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

/** See `AlertStore.evaluate`. */
export async function evaluateAlerts(
  database: Database,
  limits: AlertThresholds,
  starting: boolean,
): Promise<void> {
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
    if (value === null || value <= limit) await resolveAlert(database, cause);
    else if (cause !== 'worker_silent' || !starting) await raiseAlert(database, cause);
  await evaluateChannels(database, limits, starting);
  await evaluateAccounts(database, limits);
}

/** A worker that serves everything else says nothing of a channel that nobody serves. */
async function evaluateChannels(
  database: Database,
  limits: AlertThresholds,
  starting: boolean,
): Promise<void> {
  const channels = await createHeartbeatStore(database).channelSilence();
  const silent = channels
    .filter(({ silentMs }) => silentMs > limits.workerMs)
    .map(({ channel }) => ofChannel(channel));
  if (!starting) for (const each of silent) await raiseAlert(database, 'channel_silent', each);
  // Also that of a channel whose last account has gone.
  await database.query(
    `update alerts set resolved_at = now()
      where cause = 'channel_silent' and resolved_at is null and account_id <> all($1::text[])`,
    [silent],
  );
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
  await evaluateDelays(database, limits);
  await database.query(
    `update alerts a set resolved_at = now()
      where resolved_at is null
        and (cause in ('dead_letter', 'dead_letter_expired')
               and not exists (select from dead_letters d
                                where d.account_id = a.account_id and d.state in ('open', 'replaying'))
             or cause = 'crm_unauthorized'
               and not exists (select from dead_letters d
                                where d.account_id = a.account_id and d.state in ('open', 'replaying')
                                  and d.reason = 'unauthorized')
             or cause = 'unknown_platform_code' and last_at < now() - interval '1 day')`,
  );
}

/** One for each account with messages that wait for long: what for, each one's status says. */
async function evaluateDelays(database: Database, limits: AlertThresholds): Promise<void> {
  const delayed = await database.query<{ id: string }>(
    `select a.id from accounts a
      where a.deleted_at is null
        and exists (select from messages m
                     where m.account_id = a.id and m.direction = 'out' and m.resolved_at is null
                       and m.delayed_at < now() - $1 * interval '1 millisecond')`,
    [limits.delayedMs],
  );
  for (const { id } of delayed) await raiseAlert(database, 'messages_delayed', id);
  await database.query(
    `update alerts set resolved_at = now()
      where cause = 'messages_delayed' and resolved_at is null and account_id <> all($1::text[])`,
    [delayed.map(({ id }) => id)],
  );
}
