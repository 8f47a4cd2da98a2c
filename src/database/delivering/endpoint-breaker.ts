import { resolveAlert } from '../alert.ts';
import type { Database, Transaction } from '../database.ts';
import { addOutboxRow } from '../outbox.ts';

/** When an endpoint counts as down, and how it is found to be back. Times in milliseconds. */
export type BreakerPolicy = {
  /** Failures in a row, over all conversations. */
  failures: number;
  /** Before the first probe, the second, …; the last one repeats. */
  probeDelaysMs: readonly number[];
  /** Conversations that go on per second once it is back, so that it is not knocked over again. */
  recoveryPerSecond: number;
};

export type BreakerRow = {
  url_version: number;
  failures: number;
  breaker_state: 'closed' | 'open';
  disabled: boolean;
  probes: number;
  /** Which lane has taken the probe that is under way. */
  probe_taken_by: string | null;
};

/** A probe belongs to its lane for so long; then another lane may have it. */
const LEASE = '15 seconds';

/**
 * Locks the endpoint for recording an attempt: shared when nothing about it can change, so that the
 * conversations of one healthy endpoint do not stand in line for its row.
 */
export async function lockBreaker(
  tx: Transaction,
  accountId: string,
  answered: boolean,
): Promise<BreakerRow | undefined> {
  const read = `select url_version, failures, breaker_state, disabled_at is not null as disabled, probes,
                       case when probe_lease_until is not null then probe_lane end as probe_taken_by
                  from webhook_endpoints where account_id = $1`;
  const [seen] = await tx.query<BreakerRow>(read, [accountId]);
  const settled = answered && seen?.failures === 0 && seen.breaker_state === 'closed';
  const [row] = await tx.query<BreakerRow>(`${read} for ${settled ? 'share' : 'no key update'}`, [
    accountId,
  ]);
  return row;
}

/** The endpoint answered: failures are forgotten, and an open breaker closes. */
export async function noteAnswer(
  tx: Transaction,
  accountId: string,
  row: BreakerRow,
  policy: BreakerPolicy,
): Promise<void> {
  if (row.failures === 0 && row.breaker_state === 'closed') return;
  await closeBreaker(tx, accountId);
  if (row.breaker_state === 'open') await wakeLanes(tx, accountId, 1000 / policy.recoveryPerSecond);
}

/** Forgets failures and probes; conversations that wait for it are woken by the caller. */
export async function closeBreaker(tx: Transaction, accountId: string): Promise<void> {
  await tx.query(
    `update webhook_endpoints
        set breaker_state = 'closed', breaker_opened_at = null, failures = 0, probes = 0,
            next_probe_at = null, probe_lane = null, probe_offered_at = null,
            probe_lease_until = null
      where account_id = $1`,
    [accountId],
  );
  await resolveAlert(tx, 'endpoint_down', accountId);
}

/** Another failure: opens the breaker at the threshold, or puts the next probe off. */
export async function noteFailure(
  tx: Transaction,
  { accountId, laneId }: { accountId: string; laneId: string },
  row: BreakerRow,
  policy: BreakerPolicy,
): Promise<void> {
  // Posts that were under way when it opened say nothing new, and must not delay the probes.
  if (row.breaker_state === 'open' && row.probe_taken_by !== laneId) return;
  const open = row.breaker_state === 'open' || row.failures + 1 >= policy.failures;
  const probes = row.breaker_state === 'open' ? row.probes + 1 : 0;
  const delays = policy.probeDelaysMs;
  const delayMs = delays[Math.min(probes, delays.length - 1)] ?? 60_000;
  await tx.query(
    `update webhook_endpoints
        set failures = failures + 1,
            breaker_state = case when $2 then 'open' else breaker_state end,
            breaker_opened_at = case when $2 then coalesce(breaker_opened_at, now()) end,
            probes = $3, probe_lane = null, probe_offered_at = null, probe_lease_until = null,
            next_probe_at = case when $2 then now() + $4 * interval '1 millisecond' end
      where account_id = $1`,
    [accountId, open, probes, delayMs],
  );
}

/** Whether this lane may make the one attempt that an open breaker allows; takes it if so. */
export async function takeProbe(
  tx: Transaction,
  accountId: string,
  laneId: string,
): Promise<boolean> {
  const rows = await tx.query(
    `update webhook_endpoints set probe_lease_until = now() + interval '${LEASE}'
      where account_id = $1 and breaker_state = 'open' and probe_lane = $2
        and next_probe_at <= now() and (probe_lease_until is null or probe_lease_until < now())
      returning account_id`,
    [accountId, laneId],
  );
  return rows.length > 0;
}

/** Wakes every conversation with undelivered events, oldest first, `apartMs` after one another. */
export async function wakeLanes(
  tx: Transaction,
  accountId: string,
  apartMs: number,
): Promise<void> {
  await tx.query(
    `update webhook_deliveries set next_attempt_at = now()
      where account_id = $1 and state = 'pending' and next_attempt_at > now()`,
    [accountId],
  );
  await tx.query(
    `insert into outbox (kind, target, account_id, not_before)
     select 'wake_lane', lane_id, $1,
            now() + (row_number() over (order by min(stored_at)) - 1) * $2
                    * interval '1 millisecond'
       from webhook_deliveries
      where account_id = $1 and state in ('pending', 'replay') group by lane_id`,
    [accountId, apartMs],
  );
}

export type ProbeStore = {
  /** Offers each due probe to the conversation that has waited longest; how many. */
  offerProbes(): Promise<number>;
};

/** Not taken within this time, a probe is offered to another conversation. */
const OFFER = '15 seconds';

/** So many in a transaction, which has to end in time; those without anything to deliver stay due. */
const PAGE = 100;

export function createProbeStore(database: Database): ProbeStore {
  return {
    async offerProbes() {
      let offered = 0;
      for (let page = PAGE; page === PAGE; offered += page)
        page = await database.transaction(offerPage);
      return offered;
    },
  };
}

async function offerPage(tx: Transaction): Promise<number> {
  const due = await tx.query<{ account_id: string; probe_lane: string | null }>(
    `select account_id, probe_lane from webhook_endpoints e
      where breaker_state = 'open' and disabled_at is null and next_probe_at <= now()
        and (probe_lease_until is null or probe_lease_until < now())
        and (probe_offered_at is null or probe_offered_at < now() - interval '${OFFER}')
        and exists (select from webhook_deliveries d
                     where d.account_id = e.account_id and d.state in ('pending', 'replay'))
      order by next_probe_at limit ${PAGE} for no key update skip locked`,
  );
  for (const { account_id, probe_lane } of due) await offerProbe(tx, account_id, probe_lane);
  return due.length;
}

async function offerProbe(tx: Transaction, accountId: string, lastLane: string | null) {
  const [lane] = await tx.query<{ lane_id: string }>(
    `select lane_id from webhook_deliveries
      where account_id = $1 and state in ('pending', 'replay') group by lane_id
      order by lane_id = $2, min(stored_at) limit 1`,
    [accountId, lastLane ?? ''],
  );
  // Nothing waits: the probe stays due for the next event.
  if (!lane) return;
  await tx.query(
    `update webhook_endpoints
        set probe_lane = $2, probe_offered_at = now(), probe_lease_until = null
      where account_id = $1`,
    [accountId, lane.lane_id],
  );
  await addOutboxRow(tx, { kind: 'wake_lane', target: lane.lane_id, accountId });
}
