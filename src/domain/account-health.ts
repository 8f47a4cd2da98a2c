/** How an account stands with its platform, and what is done in time about credentials that end. */

/** What the last look at the platform came to. */
export type CheckedHealth = {
  healthy: boolean;
  /** Short facts in the platform's own words. */
  facts: Record<string, string>;
  /** Null where the platform answered. */
  error: { class: string; code: string } | null;
};

export type HealthStatus = 'healthy' | 'degraded' | 'paused' | 'disabled' | 'unknown';

/** Times in milliseconds since 1970. */
export type CredentialTimes = { nowMs: number; setAtMs: number; expiresAtMs: number | null };

const DAY_MS = 86_400_000;
const REFRESH_WITHIN_DAYS = 30;
const WARN_DAYS = [1, 7, 14] as const;
const DEGRADED_WITHIN_DAYS = 7;

/** Renewals that failed in a row, from which on a person should know. */
export const REFRESH_FAILURES_ALARMING = 2;

/**
 * Whether credentials that can be renewed should be: daily while less than 30 days are left, and
 * once where nobody knows how long they hold. Platforms renew none that are younger than a day.
 */
export function isRefreshDue({ nowMs, setAtMs, expiresAtMs }: CredentialTimes): boolean {
  if (nowMs - setAtMs < DAY_MS) return false;
  if (expiresAtMs === null) return true;
  return expiresAtMs > nowMs && expiresAtMs - nowMs < REFRESH_WITHIN_DAYS * DAY_MS;
}

/** Whether the credentials have ended. */
export function isExpired({ nowMs, expiresAtMs }: Omit<CredentialTimes, 'setAtMs'>): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

/** Days until the credentials end, a begun one counted whole; 0 when they have; null: never. */
export function daysLeft({ nowMs, expiresAtMs }: Omit<CredentialTimes, 'setAtMs'>): number | null {
  return expiresAtMs === null ? null : Math.max(0, Math.ceil((expiresAtMs - nowMs) / DAY_MS));
}

/**
 * The warning that is due, as days before the end, or null. `warnedDays` is the last one about the
 * same credentials: each is given once, and one that was missed is not given later.
 */
export function warningDue(
  times: Omit<CredentialTimes, 'setAtMs'>,
  warnedDays: number | null,
): number | null {
  const left = daysLeft(times);
  if (left === null || left === 0) return null;
  const reached = WARN_DAYS.find((days) => left <= days);
  return reached !== undefined && (warnedDays === null || reached < warnedDays) ? reached : null;
}

/** One word for it all; the worst that holds. */
export function healthStatus(account: {
  enabled: boolean;
  paused: boolean;
  health: CheckedHealth | null;
  daysLeft: number | null;
}): HealthStatus {
  if (!account.enabled) return 'disabled';
  if (account.paused) return 'paused';
  if (account.health === null) return 'unknown';
  const ending = account.daysLeft !== null && account.daysLeft <= DEGRADED_WITHIN_DAYS;
  return account.health.healthy && account.health.error === null && !ending
    ? 'healthy'
    : 'degraded';
}
