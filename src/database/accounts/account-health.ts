import {
  daysLeft,
  isExpired,
  REFRESH_FAILURES_ALARMING,
  warningDue,
  type CheckedHealth,
} from '../../domain/account-health.ts';
import { raiseAlert, resolveAlert } from '../alert.ts';
import { addCrmEvent } from '../delivering/crm-events.ts';
import type { Transaction } from '../database.ts';
import { pauseAccount } from './pause-account.ts';

/** Of credentials that the platform has just accepted. */
export const JUST_VALIDATED: CheckedHealth = { healthy: true, facts: {}, error: null };

/** An account's row while a look at its platform is written down. */
export type CheckedRow = {
  id: string;
  now: Date;
  credential_version: number;
  credentials_expire_at: Date | null;
  token_warned_days: number | null;
};

/**
 * Locks the account. Null where it is gone, or has no longer the credentials of this version: what the
 * platform said of older ones is of no interest.
 */
export async function lockChecked(
  tx: Transaction,
  accountId: string,
  credentialVersion?: number,
): Promise<CheckedRow | null> {
  const [row] = await tx.query<CheckedRow>(
    `select id, now() as now, credential_version, credentials_expire_at, token_warned_days
       from accounts where id = $1 and deleted_at is null for no key update`,
    [accountId],
  );
  const isOther = credentialVersion !== undefined && row?.credential_version !== credentialVersion;
  return row === undefined || isOther ? null : row;
}

const EXPIRED = { code: 'credentials_expired', message: 'The credentials have ended.' };

/** Pauses the account when its credentials have ended, else warns where that is due. */
export async function lookAtExpiry(tx: Transaction, row: CheckedRow): Promise<void> {
  const times = {
    nowMs: row.now.getTime(),
    expiresAtMs: row.credentials_expire_at?.getTime() ?? null,
  };
  if (isExpired(times)) return pauseAccount(tx, row.id, EXPIRED);
  const due = warningDue(times, row.token_warned_days);
  if (due === null) return;
  await tx.query('update accounts set token_warned_days = $2 where id = $1', [row.id, due]);
  await raiseAlert(tx, 'token_expiring', row.id);
  await addCrmEvent(tx, {
    accountId: row.id,
    conversationId: null,
    messageId: null,
    type: 'account.token_expiring',
    data: {
      account_id: row.id,
      expires_at: row.credentials_expire_at?.toISOString() ?? null,
      days_left: daysLeft(times),
    },
    traceId: null,
  });
}

/** One more renewal failed; from the second in a row on somebody should know. */
export async function countRefreshFailure(tx: Transaction, accountId: string): Promise<void> {
  const [row] = await tx.query<{ refresh_failures: number }>(
    `update accounts set refresh_failures = refresh_failures + 1 where id = $1
      returning refresh_failures`,
    [accountId],
  );
  if ((row?.refresh_failures ?? 0) >= REFRESH_FAILURES_ALARMING)
    await raiseAlert(tx, 'token_refresh_failed', accountId);
}

/** There are newer credentials. */
export async function resolveTokenAlerts(tx: Transaction, accountId: string): Promise<void> {
  await resolveAlert(tx, 'token_expiring', accountId);
  await resolveAlert(tx, 'token_refresh_failed', accountId);
}
