import type { AccountChanges } from '../account-store.ts';
import { addAuditLine } from '../audit.ts';
import type { Transaction } from '../database.ts';
import type { KeyRing } from '../key-ring.ts';
import { JUST_VALIDATED, resolveTokenAlerts } from './account-health.ts';
import { rotateSecrets, sealCredentials, sealHeaders } from './account-secrets.ts';
import { findAccount, type AccountView } from './account-view.ts';
import { lockAccount } from './lock-account.ts';
import { reopenEndpoint, resumeSending } from './resume-account.ts';

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
  const reopens =
    changes.crmWebhookUrl !== undefined ||
    changes.webhookHeaders !== undefined ||
    changes.enabled === true;
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
        webhook_headers = coalesce($11::jsonb, webhook_headers),
        updated_at = now()
      where id = $1`,
    [
      id,
      changes.username !== undefined,
      changes.username ?? null,
      changes.credentials ? sealCredentials(keyRing, id, changes.credentials) : null,
      changes.webhookSecret
        ? JSON.stringify(rotateSecrets(keyRing, id, account.webhook_secrets, changes.webhookSecret))
        : null,
      changes.enabled ?? null,
      resumes,
      changes.credentialsExpireAt ?? null,
      changes.settings ? JSON.stringify(changes.settings) : null,
      JSON.stringify(JUST_VALIDATED),
      changes.webhookHeaders
        ? JSON.stringify(sealHeaders(keyRing, id, changes.webhookHeaders))
        : null,
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
