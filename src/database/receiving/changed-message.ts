import type { Transaction } from '../database.ts';
import { rememberNames } from './contact.ts';
import { findIdentity, findOrCreateMember, type Identity } from './conversation-identity.ts';
import {
  addCustomerEvent,
  NOTHING,
  type AppliedEvent,
  type FreshEvent,
  type Of,
} from './customer-event.ts';

type Target = { id: string; conversation_id: string; type: string; direction: string };

/** A message that either side wrote, by any of its platform ids. */
export async function findTarget(
  tx: Transaction,
  accountId: string,
  platformMessageId: string,
): Promise<Target | undefined> {
  const [row] = await tx.query<Target>(
    `select id, conversation_id, type, direction from messages where account_id = $1 and platform_message_id = $2
     union all
     select m.id, m.conversation_id, m.type, m.direction from message_parts p join messages m on m.id = p.message_id
      where p.account_id = $1 and p.platform_message_id = $2
     limit 1`,
    [accountId, platformMessageId],
  );
  return row;
}

/** The customer changed what they had written, or took it back. */
export async function changeMessage(
  tx: Transaction,
  fresh: FreshEvent,
  event: Of<'edited'> | Of<'deleted'>,
  type: 'message.edited' | 'message.deleted',
): Promise<AppliedEvent> {
  const target = await findTarget(tx, fresh.account.id, event.platformMessageId);
  if (!target || !fresh.identity) return NOTHING;
  const text = event.kind === 'edited' ? event.content.text : null;
  if (event.kind === 'edited') await writeEdit(tx, target.id, event);
  else await writeDeletion(tx, target.id);
  await addCustomerEvent(tx, fresh, target.id, type, {
    message_type: target.type,
    text,
    attachments: [],
    payload: null,
    reply_to: null,
    ...(event.kind === 'edited' ? event.content.details : {}),
  });
  return { messageId: target.id, conversationId: fresh.identity.conversationId, proved: false };
}

async function writeEdit(tx: Transaction, messageId: string, event: Of<'edited'>): Promise<void> {
  const { type, text, attachments, payload = null, details = {} } = event.content;
  await tx.query(
    `update messages
        set text = $2, edited_at = now(), type = case when $6 then type else $3 end,
            attachments = case when $6 then attachments else $4::jsonb end,
            payload = case when $6 then payload else $5 end,
            details = case when $6 then details || $7::jsonb else $7::jsonb end
      where id = $1`,
    [
      messageId,
      text,
      type,
      JSON.stringify(attachments),
      payload,
      event.wordsOnly === true,
      JSON.stringify(details),
    ],
  );
}

async function writeDeletion(tx: Transaction, messageId: string): Promise<void> {
  await tx.query(
    `update messages set text = null, attachments = '[]', payload = null, details = '{}',
            deleted_at = now()
      where id = $1`,
    [messageId],
  );
  await tx.query(
    `update message_parts set text = '', content = null
      where message_id = $1 and sent_at is not null`,
    [messageId],
  );
}

/**
 * Who reacts, and where. In a group that is where the message stands, for a platform need not tell
 * in which topic of a group somebody reacts; who has never written there is a member from then on.
 * The platform's ids must be locked.
 */
export async function findReacting(
  tx: Transaction,
  accountId: string,
  { customer, platformMessageId, placeUntold = false }: Of<'reaction'>,
): Promise<Identity | undefined> {
  if (!customer.group && !placeUntold) return findIdentity(tx, accountId, customer);
  const target = await findTarget(tx, accountId, platformMessageId);
  if (!customer.group)
    return target
      ? { conversationId: target.conversation_id, userId: null, supersedes: [] }
      : findIdentity(tx, accountId, customer);
  if (!target) return undefined;
  const { conversation_id: conversationId } = target;
  const userId = await findOrCreateMember(tx, { id: accountId }, customer, conversationId);
  return { conversationId, userId, supersedes: [] };
}

/**
 * The customer reacted to a message of either side, or took that back. In a group each member has a
 * reaction of their own.
 */
export async function applyReaction(
  tx: Transaction,
  fresh: FreshEvent,
  event: Of<'reaction'>,
): Promise<AppliedEvent> {
  const target = await findTarget(tx, fresh.account.id, event.platformMessageId);
  if (!target || !fresh.identity || event.by === 'owner') return NOTHING;
  const who = event.customer.group ? fresh.identity.userId : null;
  const by = who === null ? {} : { participant_id: who };
  const reactions = event.action === 'react' ? [{ emoji: event.emoji, from: 'in', ...by }] : [];
  await tx.query(
    `update messages set reactions = $2::jsonb || (
        select coalesce(jsonb_agg(each), '[]') from jsonb_array_elements(reactions) each
         where each ->> 'from' <> 'in'
            or ($3::text is not null and each ->> 'participant_id' <> $3))
      where id = $1`,
    [target.id, JSON.stringify(reactions), who],
  );
  await rememberNames(tx, fresh.identity, event);
  await addCustomerEvent(tx, fresh, target.id, 'message.reaction', {
    action: event.action,
    emoji: event.emoji,
  });
  return { messageId: target.id, conversationId: fresh.identity.conversationId, proved: false };
}
