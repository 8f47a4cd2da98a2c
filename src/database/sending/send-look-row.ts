import type { SendPolicy } from '../../domain/send-policy.ts';
import { look, type LookResult } from '../../domain/send-look.ts';
import type { Transaction } from '../database.ts';
import { RECEIVERS } from '../heartbeat-store.ts';
import { lockConversations } from '../lane.ts';

/** Everything that says whether a message may be sent now. */
export type LookRow = {
  now: Date;
  id: string;
  account_id: string;
  conversation_id: string;
  round: number;
  source: string;
  resolved_at: Date | null;
  became_head_at: Date | null;
  delayed_at: Date | null;
  next_attempt_at: Date | null;
  wait_reason: string | null;
  trace_id: string | null;
  head_message_id: string | null;
  recipient_id: string;
  customer_wrote_at: Date | null;
  external_id: string;
  details: Record<string, string>;
  credentials: string | null;
  credential_version: number;
  enabled: boolean;
  paused_at: Date | null;
  throttled_until: Date | null;
  attempt_id: string | null;
  outcome: string | null;
  lease_until: Date | null;
  evidence_until: Date | null;
};

/**
 * While nobody receives the platforms' webhooks no proof can come, and what they held back meanwhile
 * comes late: the time for evidence begins anew at the end of such a gap.
 */
const EVIDENCE_UNTIL = `
  case when s.evidence_until is null then null
       when h.at < clock_timestamp() - interval '15 seconds'
         then clock_timestamp() + interval '15 seconds'
       when h.gap_ended_at > s.started_at
         then greatest(s.evidence_until, h.gap_ended_at + $2 * interval '1 millisecond')
       else s.evidence_until end`;

/** Locks the lane, then reads in a later statement, then lets the rule decide. */
export async function lockAndLook(
  tx: Transaction,
  messageId: string,
  askedRound: number,
  policy: Pick<SendPolicy, 'evidenceMs' | 'expiryMs'>,
): Promise<{ row: LookRow; result: LookResult } | null> {
  const [place] = await tx.query<{ conversation_id: string }>(
    `select m.conversation_id from messages m join accounts a on a.id = m.account_id
      where m.id = $1 for share of a`,
    [messageId],
  );
  if (!place) return null;
  await lockConversations(tx, [place.conversation_id]);
  const [row] = await tx.query<LookRow>(
    `select clock_timestamp() as now, m.id, m.account_id, m.conversation_id, m.round, m.source, m.resolved_at,
            m.became_head_at, m.delayed_at, m.next_attempt_at, m.wait_reason, m.trace_id, c.head_message_id, c.recipient_id,
            c.customer_wrote_at, a.external_id, a.details, a.credentials, a.credential_version, a.enabled, a.paused_at,
            a.throttled_until, s.id as attempt_id, s.outcome, s.lease_until,
            ${EVIDENCE_UNTIL} as evidence_until
       from messages m
       join conversations c on c.id = m.conversation_id
       join accounts a on a.id = m.account_id
       left join lateral (select id, outcome, lease_until, evidence_until, started_at from send_attempts
                           where message_id = m.id order by number desc limit 1) s on true
       left join heartbeats h on h.name = '${RECEIVERS}'
      where m.id = $1`,
    [messageId, policy.evidenceMs],
  );
  if (!row) return null;
  return { row, result: look(asLaneLook(row, askedRound, policy.expiryMs)) };
}

function asLaneLook(
  row: LookRow,
  askedRound: number,
  expiryMs: number,
): Parameters<typeof look>[0] {
  return {
    nowMs: row.now.getTime(),
    askedRound,
    message: {
      round: row.round,
      resolved: row.resolved_at !== null,
      isHead: row.head_message_id === row.id,
      nextAttemptAtMs: row.next_attempt_at?.getTime() ?? null,
      waitReason: row.wait_reason,
      expiresAtMs: (row.became_head_at ?? row.now).getTime() + expiryMs,
    },
    account: {
      enabled: row.enabled,
      paused: row.paused_at !== null,
      throttledUntilMs: row.throttled_until?.getTime() ?? null,
    },
    attempt:
      row.attempt_id === null
        ? null
        : {
            outcome: row.outcome,
            leaseUntilMs: row.lease_until?.getTime() ?? 0,
            evidenceUntilMs: row.evidence_until?.getTime() ?? null,
          },
  };
}
