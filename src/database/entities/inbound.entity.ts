import { defineEntity, p } from '@mikro-orm/core';
import { now, text, time, uuid } from './columns.ts';
import { Conversation } from './conversation.entity.ts';

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
      name: 'inbound_events_content',
      expression:
        'create index "inbound_events_content" on "inbound_events" ("account_key", "platform_message_id") where kind in (\'message\', \'echo\', \'edited\')',
    },
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
    /** Set while a status, an echo or a change waits for the message that it speaks of. */
    parkedAt: time().nullable(),
    parked: p.json().$type<unknown>().nullable(),
    receivedAt: now(),
  },
});

/** A message that its platform announced without saying what it is, and that is asked for by its id. */
export const MessageFetch = defineEntity({
  name: 'MessageFetch',
  tableName: 'message_fetches',
  uniques: [{ name: 'message_fetches_message', properties: ['accountId', 'platformMessageId'] }],
  indexes: [
    {
      name: 'message_fetches_pending',
      expression:
        'create index "message_fetches_pending" on "message_fetches" ("account_id") where state = \'pending\'',
    },
  ],
  properties: {
    id: uuid().primary(),
    accountId: text(),
    channel: text(),
    platformMessageId: text(),
    /** Null where the platform does not even say who wrote. */
    conversation: () => p.manyToOne(Conversation).mapToPk().nullable(),
    customer: p.json().$type<unknown>().nullable(),
    /** What was said of it already. */
    content: p.json().$type<unknown>().nullable(),
    platformTime: time().nullable(),
    /** `pending`, `stored` or `given_up`. */
    state: text().default('pending'),
    attempts: p.integer().default(0),
    traceId: text().nullable(),
    createdAt: now(),
  },
});
