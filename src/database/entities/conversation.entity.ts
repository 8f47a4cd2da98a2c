import { defineEntity, p } from '@mikro-orm/core';
import { counter, id, now, text, time, uuid } from './columns.ts';
import { Account } from './account.entity.ts';

/** A person: a customer, or the account's own side of a conversation. */
export const User = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: uuid().primary(),
    role: text(),
    username: text().nullable(),
    name: text().nullable(),
    /** The platform's id of them, as they last wrote; null for those of older releases. */
    platformId: text().nullable(),
    /** When the platform was last asked for the profile; asked again after a day. */
    profileFetchedAt: time().nullable(),
    createdAt: now(),
  },
});

/**
 * A conversation, which is also a lane: its row is the lock under which messages and events get
 * their places. Counters live here because a PostgreSQL sequence becomes visible out of order.
 */
export const Conversation = defineEntity({
  name: 'Conversation',
  tableName: 'conversations',
  indexes: [
    {
      name: 'conversations_activity',
      expression:
        'create index "conversations_activity" on "conversations" ("account_id", "last_activity_at" desc, "id" desc)',
    },
    {
      name: 'conversations_recent',
      expression:
        'create index "conversations_recent" on "conversations" ("last_activity_at" desc, "id" desc)',
    },
  ],
  properties: {
    id: id(),
    account: () => p.manyToOne(Account).mapToPk(),
    type: text().default('DIRECT'),
    channel: text(),
    /** Of a group. */
    title: text().nullable(),
    /** The platform's id to write to. */
    recipientId: text(),
    /** When a customer last wrote: platforms take free answers for some time from then on. */
    customerWroteAt: time().nullable(),
    /** Since when the platform says that the customer cannot be written to. */
    unreachableSince: time().nullable(),
    /** The one message of the lane that may be on its way to the platform. */
    headMessageId: uuid().nullable(),
    laneSeq: counter(),
    /** The place of the newest message of either direction. */
    lastPosition: counter(),
    eventArrival: counter(),
    eventSequence: counter(),
    supersededBy: text().nullable(),
    lastActivityAt: now(),
    archivedAt: time().nullable(),
    createdAt: now(),
  },
});

/** A platform id that can be written to, and the conversation that it stands for. */
export const ExternalIdentity = defineEntity({
  name: 'ExternalIdentity',
  tableName: 'external_identities',
  uniques: [{ name: 'external_identities_key', properties: ['account', 'externalId'] }],
  indexes: [
    { name: 'external_identities_conversation', properties: ['conversation'] },
    { name: 'external_identities_user', properties: ['user'] },
  ],
  properties: {
    id: uuid().primary(),
    account: () => p.manyToOne(Account).mapToPk(),
    externalId: text(),
    /** Null for a group. */
    user: () => p.manyToOne(User).mapToPk().nullable(),
    /** Null for somebody who is only known from a group. */
    conversation: () => p.manyToOne(Conversation).mapToPk().nullable(),
    createdAt: now(),
  },
});

/** Who takes part in a conversation, and since when. */
export const ConversationParticipant = defineEntity({
  name: 'ConversationParticipant',
  tableName: 'conversation_participants',
  properties: {
    conversation: () => p.manyToOne(Conversation).mapToPk().primary(),
    user: () => p.manyToOne(User).mapToPk().primary(),
    joinedAt: now(),
    leftAt: time().nullable(),
  },
});
