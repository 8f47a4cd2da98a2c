import {
  daysLeft,
  healthStatus,
  type CheckedHealth,
  type HealthStatus,
} from '../../domain/account-health.ts';
import type { Database } from '../database.ts';

/** How an account stands with its platform, with the CRM, and in between. */
export type AccountHealthView = {
  accountId: string;
  channel: string;
  status: HealthStatus;
  checkedAt: Date | null;
  expiresAt: Date | null;
  daysLeft: number | null;
  facts: Record<string, string>;
  lastError: { class: string; code: string } | null;
  waitingMessages: number;
  oldestWaitingSeconds: number | null;
  webhookState: 'ok' | 'down' | 'disabled';
};

type HealthRow = {
  now: Date;
  channel: string;
  enabled: boolean;
  paused_at: Date | null;
  pause_reason: string | null;
  health: CheckedHealth | null;
  checked_at: Date | null;
  credentials_expire_at: Date | null;
  webhook_state: AccountHealthView['webhookState'];
  waiting: number;
  oldest_seconds: number | null;
};

/** Null when there is no such account. */
export async function findHealth(
  database: Database,
  id: string,
): Promise<AccountHealthView | null> {
  const [row] = await database.query<HealthRow>(
    `select now() as now, a.channel, a.enabled, a.paused_at, a.pause_reason, a.health, a.checked_at,
            a.credentials_expire_at,
            case when e.url is null or e.disabled_at is not null then 'disabled'
                 when e.breaker_state = 'open' then 'down' else 'ok' end as webhook_state,
            q.waiting, q.oldest_seconds
       from accounts a join webhook_endpoints e on e.account_id = a.id
      cross join lateral (
            select count(*)::int as waiting,
                   extract(epoch from now() - min(m.created_at))::float8 as oldest_seconds
              from conversations c join messages m on m.conversation_id = c.id
             where c.account_id = a.id and c.head_message_id is not null
               and m.direction = 'out' and m.resolved_at is null) q
      where a.id = $1 and a.deleted_at is null`,
    [id],
  );
  if (!row) return null;
  const left = daysLeft({
    nowMs: row.now.getTime(),
    expiresAtMs: row.credentials_expire_at?.getTime() ?? null,
  });
  const refused = { class: 'unauthorized', code: row.pause_reason ?? '' };
  return {
    accountId: id,
    channel: row.channel,
    status: healthStatus({
      enabled: row.enabled,
      paused: row.paused_at !== null,
      health: row.health,
      daysLeft: left,
    }),
    checkedAt: row.checked_at,
    expiresAt: row.credentials_expire_at,
    daysLeft: left,
    facts: row.health?.facts ?? {},
    lastError: row.health?.error ?? (row.paused_at === null ? null : refused),
    waitingMessages: row.waiting,
    oldestWaitingSeconds: row.oldest_seconds,
    webhookState: row.webhook_state,
  };
}
