import { defineEntity, p } from '@mikro-orm/core';
import type { CheckedHealth } from '../../domain/account-health.ts';
import { id, now, text, time } from './columns.ts';

/** A business account on one channel: `acc_…`. Credentials and secrets are sealed by the key ring. */
export const Account = defineEntity({
  name: 'Account',
  tableName: 'accounts',
  indexes: [
    {
      name: 'accounts_external_id',
      expression:
        'create unique index "accounts_external_id" on "accounts" ("channel", "external_id") where deleted_at is null',
    },
  ],
  properties: {
    id: id(),
    channel: text(),
    externalId: text(),
    username: text().nullable(),
    /** Further ids of it on the platform: `{waba_id}`. */
    details: p.json().$type<Record<string, string>>().defaultRaw("'{}'"),
    credentials: text().nullable(),
    /** When the credentials end, where the platform tells. */
    credentialsExpireAt: time().nullable(),
    /** Since when it has the present ones: some platforms renew none that are younger than a day. */
    credentialsSetAt: now(),
    /** When the platform was last asked how the account stands, and what came of it. */
    checkedAt: time().nullable(),
    health: p.json().$type<CheckedHealth>().nullable(),
    /** The last warning about the end of the present credentials, in days before it. */
    tokenWarnedDays: p.integer().nullable(),
    /** Renewals of the credentials that failed in a row. */
    refreshFailures: p.integer().default(0),
    /** Raised by each new token: a refusal of an older one pauses nothing. */
    credentialVersion: p.integer().default(1),
    /** `[{sealed, expires_at}]`, newest first. */
    webhookSecrets: p.json().$type<{ sealed: string; expires_at: string | null }[]>(),
    /** `[{name, sealed}]`: what its receiver asks for beside the signature. */
    webhookHeaders: p.json().$type<{ name: string; sealed: string }[]>().defaultRaw("'[]'"),
    settings: p.json().$type<Record<string, unknown>>().defaultRaw("'{}'"),
    enabled: p.boolean().default(true),
    /** Since when it is disabled: that time counts towards no message's expiry. */
    disabledAt: time().nullable(),
    pausedAt: time().nullable(),
    pauseReason: text().nullable(),
    /** Conversations whose messages met what paused it, until a better answer takes them out. */
    pausedBy: p.array().columnType('text[]').defaultRaw("'{}'"),
    /** Since a resume: the one of them whose message was answered so again. */
    refusedConversation: text().nullable(),
    /** Since a resume: when the platform was seen to take a message to somebody. */
    provedAt: time().nullable(),
    /** The platform's limit for the whole account: nothing is sent before this time. */
    throttledUntil: time().nullable(),
    /** When a send was last proved by an echo or a status: only then does silence mean something. */
    evidenceSeenAt: time().nullable(),
    /** Counters of the account's own event lane: last place in arrival order, last sequence. */
    eventArrival: p.bigint().default(0),
    eventSequence: p.bigint().default(0),
    createdAt: now(),
    updatedAt: now(),
    deletedAt: time().nullable(),
  },
});

/** Where an account's events go, and whether it is worth trying. One row per account. */
export const WebhookEndpoint = defineEntity({
  name: 'WebhookEndpoint',
  tableName: 'webhook_endpoints',
  properties: {
    accountId: text().primary(),
    url: text().nullable(),
    /** Raised by each new URL: a 410 of an older one disables nothing. */
    urlVersion: p.integer().default(1),
    disabledAt: time().nullable(),
    disabledReason: text().nullable(),
    breakerState: text().default('closed'),
    breakerOpenedAt: time().nullable(),
    failures: p.integer().default(0),
    nextProbeAt: time().nullable(),
    /** How many probes failed in a row: each makes the next one wait longer. */
    probes: p.integer().default(0),
    probeLane: text().nullable(),
    probeOfferedAt: time().nullable(),
    probeLeaseUntil: time().nullable(),
  },
});
