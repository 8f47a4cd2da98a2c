import { defineEntity, p } from '@mikro-orm/core';
import { id, now, text, time } from './columns.ts';

/** One event for the CRM: `whd_…`, which is also its `webhook-id`. */
export const WebhookDelivery = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_deliveries',
  indexes: [
    { name: 'webhook_deliveries_list', properties: ['accountId', 'storedAt', 'id'] },
    {
      name: 'webhook_deliveries_lane',
      expression:
        'create index "webhook_deliveries_lane" on "webhook_deliveries" ("lane_id", "arrival") where state = \'pending\'',
    },
    {
      name: 'webhook_deliveries_message',
      expression:
        'create index "webhook_deliveries_message" on "webhook_deliveries" ("message_id") where message_id is not null',
    },
    {
      name: 'webhook_deliveries_replay',
      expression:
        'create index "webhook_deliveries_replay" on "webhook_deliveries" ("lane_id", "sequence") where state = \'replay\'',
    },
    {
      name: 'webhook_deliveries_pending',
      expression:
        'create index "webhook_deliveries_pending" on "webhook_deliveries" ("stored_at") where state = \'pending\'',
    },
  ],
  properties: {
    id: id(),
    accountId: text(),
    /** The conversation, or the account for its own events. */
    laneId: text(),
    conversationId: text().nullable(),
    messageId: text().nullable(),
    type: text(),
    /** Customer events may change places among themselves within the reorder window. */
    fromCustomer: p.boolean(),
    platformTime: time().nullable(),
    /** Until when an overtaken event may still take this one's place. */
    heldUntil: time(),
    storedAt: now(),
    /** Place in the order of arrival, from the lane's counter. */
    arrival: p.bigint(),
    /** Given to the head of the lane, in the transaction before its first post. */
    sequence: p.bigint().nullable(),
    data: text(),
    /** The bytes of every attempt, frozen together with the sequence. */
    body: text().nullable(),
    /** `pending`, `delivered`, `dead`, `replay` (one more attempt of a dead one), `discarded`. */
    state: text().default('pending'),
    attempts: p.integer().default(0),
    firstAttemptAt: time().nullable(),
    nextAttemptAt: time().nullable(),
    lastStatusCode: p.integer().nullable(),
    lastErrorClass: text().nullable(),
    deliveredAt: time().nullable(),
    traceId: text().nullable(),
  },
});

/** What came of each post. */
export const WebhookAttempt = defineEntity({
  name: 'WebhookAttempt',
  tableName: 'webhook_attempts',
  indexes: [{ name: 'webhook_attempts_delivery', properties: ['deliveryId', 'id'] }],
  properties: {
    id: p.bigint().primary().autoincrement(),
    deliveryId: text(),
    at: now(),
    statusCode: p.integer().nullable(),
    errorClass: text().nullable(),
    durationMs: p.integer(),
    /** The first 2 KiB of the answer. */
    excerpt: p.blob().nullable(),
  },
});
