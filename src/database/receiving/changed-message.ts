import type { Transaction } from '../database.ts';
import {
  addCustomerEvent,
  NOTHING,
  type AppliedEvent,
  type FreshEvent,
  type Of,
} from './customer-event.ts';

type Target = { id: string; type: string; direction: string };

/** A message that either side wrote, by any of its platform ids. */
export async function findTarget(
  tx: Transaction,
  accountId: string,
  platformMessageId: string,
): Promise<Target | undefined> {
  const [row] = await tx.query<Target>(
    `select id, type, direction from messages where account_id = $1 and platform_message_id = $2
     union all
     select m.id, m.type, m.direction from message_parts p join messages m on m.id = p.message_id
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
  const text = event.kind === 'edited' ? event.text : null;
  await tx.query(
    event.kind === 'edited'
      ? 'update messages set text = $2, edited_at = now() where id = $1'
      : `update messages set text = $2, attachments = '[]', payload = null, deleted_at = now()
          where id = $1`,
    [target.id, text],
  );
  if (event.kind === 'deleted')
    await tx.query(
      `update message_parts set text = '', content = null
        where message_id = $1 and sent_at is not null`,
      [target.id],
    );
  await addCustomerEvent(tx, fresh, target.id, type, {
    message_type: target.type,
    text,
    attachments: [],
    payload: null,
    reply_to: null,
  });
  return { messageId: target.id, conversationId: fresh.identity.conversationId, proved: false };
}

/** The customer reacted to a message of either side, or took that back. */
export async function applyReaction(
  tx: Transaction,
  fresh: FreshEvent,
  event: Of<'reaction'>,
): Promise<AppliedEvent> {
  const target = await findTarget(tx, fresh.account.id, event.platformMessageId);
  if (!target || !fresh.identity) return NOTHING;
  const reactions = event.action === 'react' ? [{ emoji: event.emoji, from: 'in' }] : [];
  await tx.query(
    `update messages set reactions = $2::jsonb || (
        select coalesce(jsonb_agg(each), '[]') from jsonb_array_elements(reactions) each
         where each ->> 'from' <> 'in')
      where id = $1`,
    [target.id, JSON.stringify(reactions)],
  );
  await addCustomerEvent(tx, fresh, target.id, 'message.reaction', {
    action: event.action,
    emoji: event.emoji,
  });
  return { messageId: target.id, conversationId: fresh.identity.conversationId, proved: false };
}
