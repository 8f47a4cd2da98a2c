import { defineEntity, p } from '@mikro-orm/core';
import { id, now, text, time } from './columns.ts';
import { Message } from './message.entity.ts';

/**
 * A message on its way into the CRM's own database, in the order of the ids. Rows are marked and
 * stay: what was written is what the two sides are compared by.
 */
export const MirrorRow = defineEntity({
  name: 'MirrorRow',
  tableName: 'mirror_queue',
  uniques: [{ name: 'mirror_queue_message', properties: ['message'] }],
  indexes: [
    {
      name: 'mirror_queue_open',
      expression:
        'create index "mirror_queue_open" on "mirror_queue" ("id") where state in (\'pending\', \'writing\')',
    },
    {
      name: 'mirror_queue_fingerprint',
      expression:
        'create index "mirror_queue_fingerprint" on "mirror_queue" ("fingerprint") where fingerprint is not null',
    },
  ],
  properties: {
    id: p.bigint().primary().autoincrement(),
    message: () => p.manyToOne(Message).mapToPk(),
    /** The customer's platform id: who wrote it, or who it went to. */
    userId: text(),
    /** `pending`, `writing` (it may be there already), `written`, `dead`. */
    state: text().default('pending'),
    /** A hash of what the row has in the CRM's table, as it was last tried. */
    fingerprint: text().nullable(),
    attempts: p.integer().default(0),
    errorCode: text().nullable(),
    errorDetail: text().nullable(),
    queuedAt: now(),
    firstAttemptAt: time().nullable(),
    lastAttemptAt: time().nullable(),
    writtenAt: time().nullable(),
  },
});

/** What the API tells of the mirror; written by whichever worker runs it. */
export const MirrorStatus = defineEntity({
  name: 'MirrorStatus',
  tableName: 'mirror_status',
  properties: {
    id: id(),
    lastWriteAt: time().nullable(),
    lastWriteRows: p.integer().nullable(),
    lastWriteMs: p.integer().nullable(),
    lastErrorAt: time().nullable(),
    lastError: p.json().$type<Record<string, string | number | null>>().nullable(),
  },
});
