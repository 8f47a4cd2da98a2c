import { defineEntity, p } from '@mikro-orm/core';
import type { ActiveHours, AutoReplyMatch } from '../../domain/auto-reply.ts';
import { Account } from './account.entity.ts';
import { id, now, text, uuid } from './columns.ts';
import { Message } from './message.entity.ts';

/** What an account answers by itself, and to what: `rule_…`. */
export const AutoReplyRule = defineEntity({
  name: 'AutoReplyRule',
  tableName: 'auto_reply_rules',
  indexes: [
    { name: 'auto_reply_rules_order', properties: ['account', 'priority', 'createdAt', 'id'] },
  ],
  properties: {
    id: id(),
    account: () => p.manyToOne(Account).mapToPk(),
    enabled: p.boolean().default(true),
    /** The lowest number is tried first. */
    priority: p.integer().default(100),
    match: text().$type<AutoReplyMatch>(),
    pattern: text(),
    caseSensitive: p.boolean().default(false),
    /** Null: always. */
    activeHours: p.json().$type<ActiveHours>().nullable(),
    cooldownSeconds: p.integer().default(60),
    text: text(),
    /** Raised by each change: what was compiled of an older one is of no use. */
    version: p.integer().default(1),
    createdAt: now(),
    updatedAt: now(),
  },
});

/** An automatic message: whom it answers, and the names that are still to be put into it. */
export const AutoReply = defineEntity({
  name: 'AutoReply',
  tableName: 'auto_replies',
  indexes: [{ name: 'auto_replies_recent', properties: ['conversationId', 'createdAt'] }],
  properties: {
    message: () => p.manyToOne(Message).mapToPk().primary(),
    /** Stays when the rule is deleted. */
    ruleId: text(),
    conversationId: text(),
    userId: uuid().nullable(),
    /** The platform's id of the customer. */
    customerId: text(),
    /** The text with its placeholders, while the customer's names are to be looked up; else null. */
    template: text().nullable(),
    createdAt: now(),
  },
});
