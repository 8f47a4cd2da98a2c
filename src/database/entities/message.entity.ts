import { defineEntity, p } from '@mikro-orm/core';
import type { Attachment } from '../../domain/message.ts';
import type { MessageDetails } from '../../domain/message-details.ts';
import type { OutgoingContent } from '../../domain/outgoing-content.ts';
import { now, text, time, uuid } from './columns.ts';
import { Conversation } from './conversation.entity.ts';

/** Every message of both directions. What an outgoing one waits for is read from its row alone. */
export const Message = defineEntity({
  name: 'Message',
  tableName: 'messages',
  uniques: [{ name: 'messages_idempotency', properties: ['accountId', 'idempotencyKey'] }],
  indexes: [
    {
      name: 'messages_lane',
      expression:
        'create index "messages_lane" on "messages" ("conversation_id", "lane_seq") where direction = \'out\' and resolved_at is null',
    },
    {
      name: 'messages_platform_id',
      expression:
        'create index "messages_platform_id" on "messages" ("account_id", "platform_message_id") where platform_message_id is not null',
    },
    {
      name: 'messages_reply_open',
      expression:
        'create index "messages_reply_open" on "messages" ("account_id", "reply_to") where reply_to is not null and refers_to_id is null',
    },
    {
      name: 'messages_history',
      expression:
        'create index "messages_history" on "messages" ("conversation_id", "created_at" desc, "id" desc)',
    },
    {
      name: 'messages_position',
      expression:
        'create unique index "messages_position" on "messages" ("conversation_id", "position")',
    },
    {
      name: 'messages_unannounced',
      expression:
        'create index "messages_unannounced" on "messages" ("queued_at") where direction = \'out\' and resolved_at is null and delayed_at is null',
    },
    {
      name: 'messages_delayed',
      expression:
        'create index "messages_delayed" on "messages" ("account_id", "delayed_at") where direction = \'out\' and resolved_at is null and delayed_at is not null',
    },
  ],
  triggers: [
    {
      // Raising the counter takes the conversation's lock, and the time is read behind it: whoever
      // waited gets the later place and no earlier time. Where the clock goes back, time stands still.
      name: 'place',
      timing: 'before',
      events: ['insert'],
      when: '(new."position" IS NULL)',
      body: `update conversations
           set last_position = last_position + 1,
               last_activity_at = greatest(last_activity_at, clock_timestamp())
         where id = new.conversation_id
         returning last_position, last_activity_at into new.position, new.created_at;
        return new`,
    },
  ],
  properties: {
    id: uuid().primary(),
    accountId: text(),
    conversation: () => p.manyToOne(Conversation).mapToPk(),
    direction: text(),
    senderId: uuid().nullable(),
    source: text(),
    channel: text(),
    type: text(),
    text: text().nullable(),
    attachments: p.json().$type<Attachment[]>().defaultRaw("'[]'"),
    reactions: p
      .json()
      .$type<{ emoji: string | null; from: string; participant_id?: string }[]>()
      .defaultRaw("'[]'"),
    /** When each of them last reacted or took that back, ms since 1970: `in`, `in:<user>`, `out`. */
    reactionTimes: p.json().$type<Record<string, number>>().defaultRaw("'{}'"),
    /** What the button that the customer pressed stands for. */
    payload: text().nullable(),
    /** What else it carries: referral, order, contact cards, … */
    details: p.json().$type<MessageDetails>().defaultRaw("'{}'"),
    /** Our message that this one answers, reacts to or edits. */
    refersToId: uuid().nullable(),
    /** The platform's id of what a customer's message answers, also where we do not know it. */
    replyTo: text().nullable(),
    /** The CRM's own name for who sent it. */
    agentId: text().nullable(),
    platformMessageId: text().nullable(),
    platformTimestamp: time().nullable(),
    /** Null for incoming messages. */
    status: text().nullable(),
    laneSeq: p.bigint().nullable(),
    /** Its place in the conversation, from 1; given by the trigger, and `createdAt` with it. */
    position: p.bigint(),
    /** Raised by resend, replay and repair: a run of an older round ends without a call. */
    round: p.integer().default(1),
    /** Set when the lane may go on; the status does not decide that. */
    resolvedAt: time().nullable(),
    becameHeadAt: time().nullable(),
    nextAttemptAt: time().nullable(),
    waitReason: text().nullable(),
    /** When it was put into its lane, also once more. */
    queuedAt: now(),
    /** When `message.delayed` went out for the present wait. */
    delayedAt: time().nullable(),
    possibleDuplicate: p.boolean().default(false),
    errorClass: text().nullable(),
    errorCode: text().nullable(),
    errorMessage: text().nullable(),
    idempotencyKey: text().nullable(),
    bodyFingerprint: text().nullable(),
    /** Of what it holds, wherever the request said that it goes; null for those of older releases. */
    contentFingerprint: text().nullable(),
    traceId: text().nullable(),
    /** The platform's time and number of the edit that holds: an older one changes nothing. */
    editTime: time().nullable(),
    editRevision: p.integer().nullable(),
    editedAt: time().nullable(),
    deletedAt: time().nullable(),
    createdAt: now(),
  },
});

/** One call to the platform sends one part; most messages have a single one. */
export const MessagePart = defineEntity({
  name: 'MessagePart',
  tableName: 'message_parts',
  indexes: [
    {
      name: 'message_parts_platform_id',
      expression:
        'create index "message_parts_platform_id" on "message_parts" ("account_id", "platform_message_id") where platform_message_id is not null',
    },
  ],
  properties: {
    message: () => p.manyToOne(Message).mapToPk().primary(),
    part: p.integer().primary(),
    accountId: text(),
    text: text(),
    /** What the call sends; null for a plain text. */
    content: p.json().$type<OutgoingContent>().nullable(),
    /** Attempts that count towards giving up. */
    attempts: p.integer().default(0),
    platformMessageId: text().nullable(),
    sentAt: time().nullable(),
  },
});

/** Every status change: append only. */
export const MessageTransition = defineEntity({
  name: 'MessageTransition',
  tableName: 'message_transitions',
  indexes: [{ name: 'message_transitions_message', properties: ['message', 'id'] }],
  properties: {
    id: p.bigint().primary().autoincrement(),
    message: () => p.manyToOne(Message).mapToPk(),
    status: text(),
    at: now(),
    source: text(),
    attempt: p.integer().nullable(),
    /** False for a late or repeated status, which is noted and changes nothing. */
    applied: p.boolean().default(true),
    errorClass: text().nullable(),
    errorCode: text().nullable(),
  },
});

/** Committed before the platform is called: a lost worker leaves a row that says a call was begun. */
export const SendAttempt = defineEntity({
  name: 'SendAttempt',
  tableName: 'send_attempts',
  indexes: [
    { name: 'send_attempts_message', properties: ['message', 'startedAt'] },
    {
      name: 'send_attempts_open',
      expression:
        'create index "send_attempts_open" on "send_attempts" ("account_id") where outcome is null or outcome = \'unknown\'',
    },
  ],
  properties: {
    id: uuid().primary(),
    message: () => p.manyToOne(Message).mapToPk(),
    accountId: text(),
    part: p.integer(),
    round: p.integer(),
    number: p.integer(),
    credentialVersion: p.integer(),
    startedAt: now(),
    leaseUntil: time(),
    finishedAt: time().nullable(),
    outcome: text().nullable(),
    platformMessageId: text().nullable(),
    errorCode: text().nullable(),
    errorMessage: text().nullable(),
    /** The HTTP status of the platform's answer. */
    statusCode: p.integer().nullable(),
    durationMs: p.integer().nullable(),
    /** Until when proof is awaited for an `unknown` outcome. */
    evidenceUntil: time().nullable(),
  },
});
