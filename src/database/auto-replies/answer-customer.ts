import { randomUUID } from 'node:crypto';
import type { Channel, ChannelEvent } from '../../channels/channel.ts';
import {
  chooseRule,
  fillTemplate,
  lacksNames,
  MOST_AUTO_REPLIES_PER_HOUR,
  type CustomerNames,
} from '../../domain/auto-reply.ts';
import type { Transaction } from '../database.ts';
import type { Identity } from '../receiving/conversation-identity.ts';
import { storeOutgoing } from '../sending/outgoing-message.ts';
import { findActiveRules, type AutoReplyRuleView } from './rule-row.ts';
import { matcherOf } from './text-matcher.ts';

export type ReceivedMessage = {
  event: Extract<ChannelEvent, { kind: 'message' }>;
  account: { id: string; channel: string };
  identity: Identity;
  channel: Pick<Channel, 'planSend'>;
  traceId: string | null;
};

/**
 * Queues the automatic answer to what a customer wrote, if a rule has one: an ordinary message at the
 * end of its lane, in the transaction that keeps what it answers. The conversation is locked.
 */
export async function answerCustomer(tx: Transaction, received: ReceivedMessage): Promise<void> {
  const { event, account, identity } = received;
  const { text, details } = event.content;
  if (event.automatic === true || details?.standby === true || text === null) return;
  const rules = await findActiveRules(tx, account.id);
  const rule = chooseRule(rules, text, Date.now(), matcherOf);
  if (!rule || (await isTooSoon(tx, rule, identity))) return;
  const names = { id: event.customer.externalId, ...(await findNames(tx, identity.userId)) };
  const answer = fillTemplate(rule.text, names);
  const plan = received.channel.planSend({ type: 'text', text: answer });
  if ('refused' in plan) return;
  const id = randomUUID();
  await storeOutgoing(tx, {
    id,
    account,
    conversationId: identity.conversationId,
    source: 'auto_reply',
    content: { type: 'text', text: answer },
    parts: plan.parts,
    traceId: received.traceId,
  });
  await tx.query(
    `insert into auto_replies (message_id, rule_id, conversation_id, user_id, customer_id, template)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      id,
      rule.id,
      identity.conversationId,
      identity.userId,
      names.id,
      // Without a look-up the text stands as it is.
      !names.isFresh && lacksNames(rule.text, names) ? rule.text : null,
    ],
  );
}

/** The customer had this answer just now, or the conversation so many that nobody can be reading. */
async function isTooSoon(
  tx: Transaction,
  rule: AutoReplyRuleView,
  { conversationId, userId }: Identity,
): Promise<boolean> {
  const [recent] = await tx.query<{ in_hour: number; in_cooldown: boolean | null }>(
    `select count(*) filter (where created_at > now() - interval '1 hour')::int as in_hour,
            bool_or(rule_id = $2 and user_id is not distinct from $3
                    and created_at > now() - $4 * interval '1 second') as in_cooldown
       from auto_replies
      where conversation_id = $1
        and created_at > now() - greatest(3600, $4) * interval '1 second'`,
    [conversationId, rule.id, userId, rule.cooldownSeconds],
  );
  return recent?.in_cooldown === true || (recent?.in_hour ?? 0) >= MOST_AUTO_REPLIES_PER_HOUR;
}

/** What is known of the customer, and whether the platform has told it within a day. */
async function findNames(
  tx: Transaction,
  userId: string | null,
): Promise<Omit<CustomerNames, 'id'> & { isFresh: boolean }> {
  const [user] = await tx.query<{
    username: string | null;
    name: string | null;
    is_fresh: boolean;
  }>(
    `select username, name, coalesce(profile_fetched_at > now() - interval '1 day', false) as is_fresh
       from users where id = $1`,
    [userId],
  );
  return {
    username: user?.username ?? null,
    name: user?.name ?? null,
    isFresh: user?.is_fresh ?? false,
  };
}
