import type { Transaction } from './database.ts';
import { newId } from './ids.ts';

/** What an operator is told of; one open alert per cause and account, or per cause and channel. */
export type AlertCause =
  | 'dead_letter'
  | 'dead_letter_expired'
  | 'crm_unauthorized'
  | 'endpoint_disabled'
  | 'endpoint_down'
  | 'account_paused'
  | 'message_unreadable'
  | 'unknown_platform_code'
  | 'messages_delayed'
  | 'token_expiring'
  | 'token_refresh_failed'
  | 'outbox_stuck'
  | 'worker_silent'
  | 'channel_silent'
  | 'events_backlog'
  | 'messages_slow'
  | 'mirror_stuck'
  | 'workflow_stuck'
  | 'workflow_paused';

const OF_CHANNEL = 'channel:';

/**
 * What an alert on a whole channel has where others have an account, whose ids never begin so. It is
 * one alert: one for each of a thousand accounts would bury everything else, and could not all be
 * sent within a minute.
 */
export function ofChannel(channel: string): string {
  return OF_CHANNEL + channel;
}

/** What an alert is about; both null: the router itself. */
export function alertSubject(accountId: string): {
  accountId: string | null;
  channel: string | null;
} {
  if (accountId.startsWith(OF_CHANNEL))
    return { accountId: null, channel: accountId.slice(OF_CHANNEL.length) };
  return { accountId: accountId === '' ? null : accountId, channel: null };
}

/**
 * Opens the alert, or counts one more of the same. What comes back within an hour is the same
 * alert: a cause that flutters must not fill somebody's pocket with messages.
 */
export async function raiseAlert(
  tx: Pick<Transaction, 'query'>,
  cause: AlertCause,
  accountId = '',
): Promise<void> {
  await tx.query(
    `with again as (
       update alerts
          set resolved_at = null, end_notified_at = null, last_at = now(), count = count + 1
        where id = (select id from alerts
                     where cause = $2 and account_id = $3
                       and resolved_at > now() - interval '1 hour'
                     order by resolved_at desc limit 1)
          and not exists (select from alerts
                           where cause = $2 and account_id = $3 and resolved_at is null)
       returning id)
     insert into alerts (id, cause, account_id)
     select $1, $2, $3 where not exists (select from again)
     on conflict (cause, account_id) where resolved_at is null
     do update set last_at = now(), count = alerts.count + 1`,
    [newId('alert'), cause, accountId],
  );
}

/** How many codes one alert lists; the others are counted together, as `other`. */
const MOST_CODES = 50;

/**
 * A platform has answered the account with a code that the router does not know. One alert for each
 * account, which counts every code; somebody is told of a new one at once, whenever the last was told.
 */
export async function raiseUnknownCode(
  tx: Pick<Transaction, 'query'>,
  accountId: string,
  code: string,
): Promise<void> {
  await raiseAlert(tx, 'unknown_platform_code', accountId);
  await tx.query(
    `update alerts a
        set codes = a.codes || jsonb_build_object(c.code, coalesce((a.codes ->> c.code)::int, 0) + 1),
            notified_at = case when jsonb_exists(a.codes, c.code) then a.notified_at end
       from (select case when jsonb_exists(codes, $2) or (select count(*) from jsonb_object_keys(codes)) < $3
                         then $2 else 'other' end as code, id
               from alerts
              where cause = 'unknown_platform_code' and account_id = $1 and resolved_at is null) c
      where a.id = c.id`,
    [accountId, code, MOST_CODES],
  );
}

/** The cause is gone. */
export async function resolveAlert(
  tx: Pick<Transaction, 'query'>,
  cause: AlertCause,
  accountId = '',
): Promise<void> {
  await tx.query(
    'update alerts set resolved_at = now() where cause = $1 and account_id = $2 and resolved_at is null',
    [cause, accountId],
  );
}

/** Nobody has to be told of this account any more. */
export async function resolveAlerts(tx: Transaction, accountId: string): Promise<void> {
  await tx.query(
    'update alerts set resolved_at = now() where account_id = $1 and resolved_at is null',
    [accountId],
  );
}
