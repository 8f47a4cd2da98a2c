import type { AccountChanges } from '../account-store.ts';
import { findAccount, type AccountView } from './account-view.ts';
import { sealCredentials, sealSecret, type SealedSecret } from './account-secrets.ts';
import { addAuditLine } from '../audit.ts';
import { addCrmEvent } from '../delivering/crm-events.ts';
import type { Transaction } from '../database.ts';
import { closeBreaker, wakeLanes } from '../delivering/endpoint-breaker.ts';
import type { KeyRing } from '../key-ring.ts';
import { lockConversations } from '../lane.ts';
import { resolveAlert, resolveAlerts } from '../alert.ts';
import { JUST_VALIDATED, resolveTokenAlerts } from './account-health.ts';
import { discardDeadLetters } from '../dead-letter.ts';
import { resolveGivenUp } from '../sending/resolve.ts';

type LockedAccount = {
  paused: boolean;
  /** Since when nothing is sent; null while it is. */
  stopped_at: Date | null;
  endpoint_disabled: boolean;
  webhook_secrets: SealedSecret[];
};

/** Locks the account against every send and delivery that would record a wait meanwhile. */
async function lockAccount(tx: Transaction, id: string): Promise<LockedAccount | undefined> {
  const [row] = await tx.query<LockedAccount>(
    `select a.paused_at is not null as paused, a.webhook_secrets,
            least(a.paused_at, a.disabled_at) as stopped_at,
            e.disabled_at is not null or e.url is null as endpoint_disabled
       from accounts a join webhook_endpoints e on e.account_id = a.id
      where a.id = $1 and a.deleted_at is null for no key update`,
    [id],
  );
  return row;
}

/** Applies any subset of changes; what waited for one of them is woken by the same transaction. */
export async function changeAccount(
  tx: Transaction,
  keyRing: KeyRing,
  id: string,
  changes: AccountChanges,
  actor: string,
): Promise<AccountView | null> {
  const account = await lockAccount(tx, id);
  if (!account) return null;
  const resumes = changes.credentials !== undefined || changes.enabled === true;
  const reopens = changes.crmWebhookUrl !== undefined || changes.enabled === true;
  await tx.query(
    `update accounts set
        username = case when $2 then $3 else username end,
        credentials = coalesce($4, credentials),
        credential_version = credential_version + case when $4::text is null then 0 else 1 end,
        webhook_secrets = coalesce($5::jsonb, webhook_secrets),
        enabled = coalesce($6, enabled),
        disabled_at = case when coalesce($6, enabled) then null
                           when $7 then least(disabled_at, paused_at, now())
                           else coalesce(disabled_at, now()) end,
        paused_at = case when $7 then null else paused_at end,
        pause_reason = case when $7 then null else pause_reason end,
        credentials_expire_at = case when $4::text is null then credentials_expire_at
                                     else to_timestamp($8::float8 / 1000) end,
        credentials_set_at = case when $4::text is null then credentials_set_at else now() end,
        token_warned_days = case when $4::text is null then token_warned_days end,
        refresh_failures = case when $4::text is null then refresh_failures else 0 end,
        health = case when $4::text is null then health else $10::jsonb end,
        checked_at = case when $4::text is null then checked_at else now() end,
        settings = settings || coalesce($9::jsonb, '{}'),
        updated_at = now()
      where id = $1`,
    [
      id,
      changes.username !== undefined,
      changes.username ?? null,
      changes.credentials ? sealCredentials(keyRing, id, changes.credentials) : null,
      changes.webhookSecret ? JSON.stringify(rotate(keyRing, id, account, changes)) : null,
      changes.enabled ?? null,
      resumes,
      changes.credentialsExpireAt ?? null,
      changes.settings ? JSON.stringify(changes.settings) : null,
      JSON.stringify(JUST_VALIDATED),
    ],
  );
  if (changes.crmWebhookUrl !== undefined)
    await tx.query(
      'update webhook_endpoints set url = $2, url_version = url_version + 1 where account_id = $1',
      [id, changes.crmWebhookUrl],
    );
  if (reopens) await reopenEndpoint(tx, id);
  if (resumes) await resumeSending(tx, id, account);
  if (changes.credentials !== undefined) await resolveTokenAlerts(tx, id);
  await addAuditLine(tx, { actor, action: 'account.update', subject: id });
  return findAccount(tx, id);
}

/** The old secret goes on signing for a while, so that the CRM can change over without a gap. */
function rotate(
  keyRing: KeyRing,
  id: string,
  account: LockedAccount,
  { webhookSecret }: AccountChanges,
): SealedSecret[] {
  if (!webhookSecret) return account.webhook_secrets;
  const expiresAt = new Date(Date.now() + webhookSecret.overlapMs).toISOString();
  const older = account.webhook_secrets.map((each) => ({
    ...each,
    expires_at: each.expires_at ?? expiresAt,
  }));
  return [sealSecret(keyRing, id, webhookSecret.secret), ...older].slice(0, 5);
}

/** What waits is not woken all at once. */
const WAKE_APART_MS = 20;

/** Every lane with undelivered events is woken, a little after one another. */
async function reopenEndpoint(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    'update webhook_endpoints set disabled_at = null, disabled_reason = null where account_id = $1',
    [id],
  );
  await closeBreaker(tx, id);
  await wakeLanes(tx, id, WAKE_APART_MS);
  await resolveAlert(tx, 'endpoint_disabled', id);
}

/** Every waiting head is woken, a little after one another. */
async function resumeSending(
  tx: Transaction,
  id: string,
  { paused, stopped_at }: LockedAccount,
): Promise<void> {
  await tx.query(
    `update messages m set next_attempt_at = now()
       from conversations c
      where c.account_id = $1 and m.id = c.head_message_id and m.resolved_at is null
        and m.wait_reason in ('account_paused', 'account_disabled')`,
    [id],
  );
  // The time of a pause is not the message's: it must not be given up for it.
  await tx.query(
    `update messages m
        set became_head_at = m.became_head_at + (now() - greatest(m.became_head_at, $2))
       from conversations c join accounts a on a.id = c.account_id
      where a.id = $1 and a.disabled_at is null and $2::timestamptz is not null
        and m.id = c.head_message_id and m.resolved_at is null`,
    [id, stopped_at],
  );
  await tx.query(
    `insert into outbox (kind, target, account_id, channel, round, not_before)
     select 'wake_message', m.id::text, m.account_id, m.channel, m.round,
            now() + row_number() over (order by m.became_head_at) * interval '20 milliseconds'
       from conversations c join messages m on m.id = c.head_message_id
      where c.account_id = $1 and m.resolved_at is null`,
    [id],
  );
  if (!paused) return;
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

const DELETED = {
  class: 'account_deleted',
  code: 'account_deleted',
  message: 'The account was deleted before the message was sent.',
};

/** Erases what is secret, ends what waits, keeps the history. */
export async function removeAccount(tx: Transaction, id: string, actor: string): Promise<boolean> {
  const account = await lockAccount(tx, id);
  if (!account) return false;
  await tx.query(
    `update accounts set deleted_at = now(), enabled = false, credentials = null,
            webhook_secrets = '[]' where id = $1`,
    [id],
  );
  const findWaiting = () =>
    tx.query<{ id: string; conversation_id: string }>(
      `select m.id, m.conversation_id from conversations c
         join messages m on m.conversation_id = c.id
        where c.account_id = $1 and m.direction = 'out' and m.resolved_at is null
        order by m.lane_seq`,
      [id],
    );
  await lockConversations(
    tx,
    (await findWaiting()).map((message) => message.conversation_id),
  );
  // Again, now under the locks: proof may have resolved one meanwhile.
  const waiting = await findWaiting();
  for (const message of waiting) {
    const [unknown] = await tx.query(
      `select 1 from send_attempts
        where message_id = $1 and (outcome is null or outcome = 'unknown') limit 1`,
      [message.id],
    );
    await resolveGivenUp(
      tx,
      { id: message.id, accountId: id, conversationId: message.conversation_id },
      {
        status: unknown ? 'unconfirmed' : 'failed',
        error: DELETED,
        source: 'api',
        deadLetter: false,
      },
    );
  }
  await tx.query(
    `update webhook_deliveries set state = 'discarded'
      where account_id = $1 and state in ('pending', 'replay')`,
    [id],
  );
  await discardDeadLetters(tx, id);
  await resolveAlerts(tx, id);
  await addAuditLine(tx, { actor, action: 'account.delete', subject: id });
  return true;
}
