import { resolveAlert } from '../alert.ts';
import { forgetProofs } from './pause-suspects.ts';
import type { Transaction } from '../database.ts';
import { addCrmEvent } from '../delivering/crm-events.ts';
import { closeBreaker, wakeLanes } from '../delivering/endpoint-breaker.ts';
import type { LockedAccount } from './lock-account.ts';

/** What waits is not woken all at once. */
const WAKE_APART_MS = 20;

/** Every lane with undelivered events is woken, a little after one another. */
export async function reopenEndpoint(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    'update webhook_endpoints set disabled_at = null, disabled_reason = null where account_id = $1',
    [id],
  );
  await closeBreaker(tx, id);
  await wakeLanes(tx, id, WAKE_APART_MS);
  await resolveAlert(tx, 'endpoint_disabled', id);
}

/** By then the others have been tried, so that it is known whether the account is well. */
const SUSPECTS_LATER = `interval '3 seconds'`;

/**
 * Every waiting head is woken, a little after one another; those whose messages paused the account
 * come last, if there are others.
 */
export async function resumeSending(
  tx: Transaction,
  id: string,
  { paused, stopped_at }: LockedAccount,
): Promise<void> {
  await tx.query(
    `update messages m set next_attempt_at = now()
       from conversations c
      where c.account_id = $1 and m.id = c.head_message_id and m.resolved_at is null
        and m.wait_reason in ('account_paused', 'account_disabled', 'account_refusal')`,
    [id],
  );
  // The time of a pause is not the message's: it must not be given up for it.
  await tx.query(
    `update messages m
        set became_head_at = m.became_head_at + (clock_timestamp() - greatest(m.became_head_at, $2))
       from conversations c join accounts a on a.id = c.account_id
      where a.id = $1 and a.disabled_at is null and $2::timestamptz is not null
        and m.id = c.head_message_id and m.resolved_at is null`,
    [id, stopped_at],
  );
  await tx.query(
    `insert into outbox (kind, target, account_id, channel, round, not_before)
     select 'wake_message', m.id::text, m.account_id, m.channel, m.round,
            now() + case when c.id = any(a.paused_by) and not bool_and(c.id = any(a.paused_by)) over ()
                         then ${SUSPECTS_LATER} else interval '0' end
              + row_number() over (order by c.id = any(a.paused_by), m.became_head_at)
                * interval '20 milliseconds'
       from conversations c join messages m on m.id = c.head_message_id
       join accounts a on a.id = c.account_id
      where c.account_id = $1 and m.resolved_at is null`,
    [id],
  );
  if (!paused) return;
  await forgetProofs(tx, id);
  await resolveAlert(tx, 'account_paused', id);
  await addCrmEvent(tx, {
    accountId: id,
    conversationId: null,
    messageId: null,
    type: 'account.resumed',
    data: { account_id: id },
    traceId: null,
  });
}
