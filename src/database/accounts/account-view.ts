import type { OnUnknownOutcome } from '../../domain/send-policy.ts';
import type { Query } from '../database.ts';
import type { SealedHeader } from './account-secrets.ts';

/** An account as the API shows it: no token, no secret. */
export type AccountView = {
  id: string;
  channel: string;
  externalId: string;
  details: Record<string, string>;
  username: string | null;
  crmWebhookUrl: string | null;
  /** Of the headers that its webhooks carry; the values are never shown. */
  webhookHeaderNames: string[];
  enabled: boolean;
  /** Set while the platform refuses the credentials; sends wait. */
  pausedAt: Date | null;
  pauseReason: string | null;
  /** Why webhooks are not attempted (`no_url`, `gone`), or null while they are. */
  endpointDisabledReason: string | null;
  /** `down`: it has failed too often, and single attempts find out when it is back. */
  endpointState: 'ok' | 'down' | 'disabled';
  settings: AccountSettings;
  createdAt: Date;
};

/** What an administrator may decide for an account. */
export type AccountSettings = {
  /** What follows when nobody can tell whether a message arrived. */
  on_unknown_outcome?: OnUnknownOutcome;
};

/** The rows of accounts that are not deleted; conditions may be added with `and`. */
export const ACCOUNT = `
  select a.id, a.channel, a.external_id, a.details, a.settings, a.username, a.enabled, a.paused_at, a.pause_reason,
         a.created_at, a.webhook_headers, e.url, e.disabled_at, e.disabled_reason, e.breaker_state
    from accounts a join webhook_endpoints e on e.account_id = a.id
   where a.deleted_at is null`;

export type AccountRow = {
  id: string;
  channel: string;
  external_id: string;
  details: Record<string, string>;
  settings: AccountSettings;
  username: string | null;
  enabled: boolean;
  paused_at: Date | null;
  pause_reason: string | null;
  created_at: Date;
  webhook_headers: SealedHeader[];
  url: string | null;
  disabled_at: Date | null;
  disabled_reason: string | null;
  breaker_state: 'closed' | 'open';
};

/** The row as the API shows it. */
export function accountView(row: AccountRow): AccountView {
  return {
    id: row.id,
    channel: row.channel,
    externalId: row.external_id,
    details: row.details,
    settings: row.settings,
    username: row.username,
    crmWebhookUrl: row.url,
    webhookHeaderNames: row.webhook_headers.map(({ name }) => name),
    enabled: row.enabled,
    pausedAt: row.paused_at,
    pauseReason: row.pause_reason,
    endpointDisabledReason: row.url === null ? 'no_url' : row.disabled_reason,
    endpointState: endpointState(row),
    createdAt: row.created_at,
  };
}

function endpointState(row: AccountRow): AccountView['endpointState'] {
  if (row.url === null || row.disabled_at !== null) return 'disabled';
  return row.breaker_state === 'open' ? 'down' : 'ok';
}

/** Also sees the changes of the transaction it runs in. */
export async function findAccount(
  database: { query: Query },
  id: string,
): Promise<AccountView | null> {
  const [row] = await database.query<AccountRow>(`${ACCOUNT} and a.id = $1`, [id]);
  return row ? accountView(row) : null;
}
