import type { Credentials } from '../../channels/channel.ts';
import type { WebhookHeaders } from '../../domain/webhook-headers.ts';
import type { KeyRing } from '../key-ring.ts';

/** A webhook secret at rest; `expires_at` null means that it is the current one. */
export type SealedSecret = { sealed: string; expires_at: string | null };

/** The secrets that sign at `now`, newest first. */
export function openSecrets(
  keyRing: KeyRing,
  accountId: string,
  secrets: readonly SealedSecret[],
  now: Date,
): string[] {
  return secrets
    .filter(({ expires_at }) => expires_at === null || new Date(expires_at) > now)
    .map(({ sealed }) => keyRing.open(sealed, `accounts|${accountId}|webhook_secrets`));
}

/** Whether it is this secret; one that the key ring cannot open any more is none that is known. */
function holds(keyRing: KeyRing, accountId: string, { sealed }: SealedSecret, secret: string) {
  try {
    return keyRing.open(sealed, `accounts|${accountId}|webhook_secrets`) === secret;
  } catch {
    return false;
  }
}

/** More signatures than these would not fit into the headers that many servers take. */
const MOST_SECRETS = 5;

/**
 * The secrets with a new current one; the old ones go on signing for `overlapMs`, so that the CRM can change
 * over without a gap. Without an overlap none of them does, however long it was given. What signs no more,
 * and a secret that is set once again, takes no other's place.
 */
export function rotateSecrets(
  keyRing: KeyRing,
  accountId: string,
  secrets: readonly SealedSecret[],
  { secret, overlapMs }: { secret: string; overlapMs: number },
): SealedSecret[] {
  const newest = sealSecret(keyRing, accountId, secret);
  if (overlapMs === 0) return [newest];
  const now = Date.now();
  const expiresAt = new Date(now + overlapMs).toISOString();
  const older = secrets
    .filter(({ expires_at }) => expires_at === null || Date.parse(expires_at) > now)
    .filter((each) => !holds(keyRing, accountId, each, secret))
    .map((each) => ({ ...each, expires_at: each.expires_at ?? expiresAt }));
  return [newest, ...older].slice(0, MOST_SECRETS);
}

/** Seals a new current secret. */
export function sealSecret(keyRing: KeyRing, accountId: string, secret: string): SealedSecret {
  return {
    sealed: keyRing.seal(secret, `accounts|${accountId}|webhook_secrets`),
    expires_at: null,
  };
}

/** A header of the account's webhooks at rest: its name can be shown, its value cannot. */
export type SealedHeader = { name: string; sealed: string };

/** Seals the values, each for its own name. */
export function sealHeaders(
  keyRing: KeyRing,
  accountId: string,
  headers: WebhookHeaders,
): SealedHeader[] {
  return Object.entries(headers).map(([name, value]) => ({
    name,
    sealed: keyRing.seal(value, headerPlace(accountId, name)),
  }));
}

/** Throws when the key ring no longer has the key they were sealed with. */
export function openHeaders(
  keyRing: KeyRing,
  accountId: string,
  headers: readonly SealedHeader[],
): Record<string, string> {
  return Object.fromEntries(
    headers.map(({ name, sealed }) => [name, keyRing.open(sealed, headerPlace(accountId, name))]),
  );
}

function headerPlace(accountId: string, name: string): string {
  return `accounts|${accountId}|webhook_headers.${name.toLowerCase()}`;
}

/** The platform's credentials at rest. */
export function sealCredentials(keyRing: KeyRing, accountId: string, credentials: Credentials) {
  return keyRing.seal(JSON.stringify(credentials), `accounts|${accountId}|credentials`);
}

/** Throws when the key ring no longer has the key they were sealed with. */
export function openCredentials(keyRing: KeyRing, accountId: string, sealed: string): Credentials {
  return JSON.parse(keyRing.open(sealed, `accounts|${accountId}|credentials`)) as Credentials;
}
