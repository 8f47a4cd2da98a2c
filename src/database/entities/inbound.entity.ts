import { defineEntity, p } from '@mikro-orm/core';
import { now, text, time, uuid } from './columns.ts';

/** A platform's webhook as it came: the bytes, never a re-serialised copy. */
export const InboundRequest = defineEntity({
  name: 'InboundRequest',
  tableName: 'inbound_requests',
  properties: {
    id: uuid().primary(),
    channel: text(),
    body: p.blob(),
    traceId: text().nullable(),
    receivedAt: now(),
  },
});

/** One event of such a webhook. Its key, unique per account, is what makes a repeat a repeat. */
export const InboundEvent = defineEntity({
  name: 'InboundEvent',
  tableName: 'inbound_events',
  uniques: [{ name: 'inbound_events_key', properties: ['channel', 'accountKey', 'eventKey'] }],
  indexes: [
    {
      name: 'inbound_events_parked',
      expression:
        'create index "inbound_events_parked" on "inbound_events" ("account_key", "platform_message_id") where parked_at is not null',
    },
  ],
  properties: {
    id: p.bigint().primary().autoincrement(),
    channel: text(),
    /** Our account id; for an account we do not know, the platform's id or an empty text. */
    accountKey: text(),
    eventKey: text(),
    requestId: uuid(),
    kind: text(),
    platformMessageId: text().nullable(),
    /** Set while a status or echo waits for the message that it speaks of. */
    parkedAt: time().nullable(),
    parked: p.json().$type<unknown>().nullable(),
    receivedAt: now(),
  },
});
