import { defineEntity, p } from '@mikro-orm/core';
import { id, now, text, time } from './columns.ts';

/** What a committed transaction owes Temporal. Rows leave when the call was made. */
export const Outbox = defineEntity({
  name: 'Outbox',
  tableName: 'outbox',
  indexes: [
    { name: 'outbox_due', properties: ['notBefore', 'id'] },
    { name: 'outbox_target', properties: ['kind', 'target'] },
  ],
  properties: {
    id: p.bigint().primary().autoincrement(),
    /** See `OutboxKind` in `outbox.ts`. */
    kind: text(),
    /** A message, conversation or account id: rows of one kind and target are one call. */
    target: text(),
    accountId: text(),
    channel: text().nullable(),
    round: p.integer().nullable(),
    traceId: text().nullable(),
    /** Labels for the workflow that the row starts: classes, counts and times. */
    details: p.json().$type<Record<string, string | number | null>>().nullable(),
    notBefore: now(),
    attempts: p.integer().default(0),
    createdAt: now(),
  },
});

/** That something was alive, and when its last silence of over 15 s ended. */
export const Heartbeat = defineEntity({
  name: 'Heartbeat',
  tableName: 'heartbeats',
  properties: {
    name: text().primary(),
    at: now(),
    gapEndedAt: time().nullable(),
  },
});

/** What was given up on: one open row per message, event or mirror row. */
export const DeadLetter = defineEntity({
  name: 'DeadLetter',
  tableName: 'dead_letters',
  uniques: [{ name: 'dead_letters_subject', properties: ['kind', 'subjectId'] }],
  indexes: [
    { name: 'dead_letters_list', properties: ['kind', 'state', 'createdAt', 'id'] },
    {
      name: 'dead_letters_waiting',
      expression: `create index "dead_letters_waiting" on "dead_letters" ("id") where state in ('open', 'replaying')`,
    },
  ],
  properties: {
    id: id(),
    kind: text(),
    subjectId: text(),
    accountId: text(),
    conversationId: text().nullable(),
    channel: text(),
    reason: text(),
    lastStatusCode: p.integer().nullable(),
    attempts: p.integer(),
    state: text().default('open'),
    firstAttemptAt: time().nullable(),
    lastAttemptAt: time().nullable(),
    /** When it last became open: it expires 30 days later. */
    openedAt: now(),
    /** Written by versions that did not ask in turn; see `ReconcileTurn`. */
    checkedAt: time().nullable(),
    /** `replay` or `discard`: asked through the API and not carried out yet. */
    asked: text().nullable(),
    /** When its workflow is told of that once more. */
    askAgainAt: time().nullable(),
    /** How many signals of each run of its workflow were carried out; see `hearRequest`. */
    heard: p.json().$type<Record<string, number>>().defaultRaw(`'{}'`),
    /** When the last replay began. */
    replayedAt: time().nullable(),
    createdAt: now(),
    closedAt: time().nullable(),
  },
});

/** A replay of many dead letters at a time, within one account. */
export const BulkReplay = defineEntity({
  name: 'BulkReplay',
  tableName: 'bulk_replays',
  properties: {
    id: id(),
    accountId: text(),
    kind: text(),
    filter: p.json().$type<Record<string, string>>(),
    ratePerSecond: p.integer(),
    state: text().default('running'),
    total: p.integer(),
    replayed: p.integer().default(0),
    skipped: p.integer().default(0),
    /** The last dead letter that was dealt with, in the order of their creation. */
    cursorAt: time().nullable(),
    cursorId: text().nullable(),
    createdBy: text(),
    createdAt: now(),
    finishedAt: time().nullable(),
  },
});

/** One row per cause and account while it lasts. */
export const Alert = defineEntity({
  name: 'Alert',
  tableName: 'alerts',
  indexes: [
    {
      name: 'alerts_open',
      expression:
        'create unique index "alerts_open" on "alerts" ("cause", "account_id") where resolved_at is null',
    },
  ],
  properties: {
    id: id(),
    cause: text(),
    /** Empty for the router itself; `channel:<name>` for a channel as a whole. */
    accountId: text().default(''),
    firstAt: now(),
    lastAt: now(),
    count: p.integer().default(1),
    /** `{code: count}` of `unknown_platform_code`. */
    codes: p.json().$type<Record<string, number>>().defaultRaw("'{}'"),
    resolvedAt: time().nullable(),
    /** When it was last sent out; null while nobody was told. */
    notifiedAt: time().nullable(),
    /** When its end was sent out. */
    endNotifiedAt: time().nullable(),
    notifyAttempts: p.integer().default(0),
    notifyNotBefore: now(),
    /** The runs that it is about, where it is about runs. */
    workflowIds: p.json().$type<string[]>().defaultRaw(`'[]'`),
  },
});

/** How far the reconciler is with each kind: all workers go through it together, page by page. */
export const ReconcileTurn = defineEntity({
  name: 'ReconcileTurn',
  tableName: 'reconcile_turns',
  properties: {
    kind: text().primary(),
    /** The last that was asked about; empty at the begin of a pass. */
    position: text().default(''),
    nextPassAt: now(),
  },
});

/** Who changed what, append only; never a secret. */
export const AuditLog = defineEntity({
  name: 'AuditLog',
  tableName: 'audit_log',
  properties: {
    id: p.bigint().primary().autoincrement(),
    at: now(),
    actor: text(),
    action: text(),
    subject: text(),
  },
});
