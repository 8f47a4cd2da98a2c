import type { ChannelRegistry } from '../../channels/channel.ts';
import { fillTemplate, type CustomerNames } from '../../domain/auto-reply.ts';
import type { Transaction } from '../database.ts';
import { lockConversations } from '../lane.ts';
import { insertParts } from '../sending/outgoing-message.ts';

/** An automatic message whose names are still to be looked up. */
export type UnnamedReply = {
  accountId: string;
  channel: string;
  /** The platform's. */
  customerId: string;
  /** The platform was asked meanwhile, for another reason. */
  isFresh: boolean;
};

/** Null: the message is to be sent as it is. */
export async function findUnnamed(
  tx: Pick<Transaction, 'query'>,
  messageId: string,
): Promise<UnnamedReply | null> {
  const row = await findTemplate(tx, messageId);
  if (!row) return null;
  return {
    accountId: row.account_id,
    channel: row.channel,
    customerId: row.customer_id,
    isFresh: row.is_fresh,
  };
}

type TemplateRow = {
  account_id: string;
  channel: string;
  conversation_id: string;
  template: string;
  customer_id: string;
  username: string | null;
  name: string | null;
  is_fresh: boolean;
};

async function findTemplate(
  tx: Pick<Transaction, 'query'>,
  messageId: string,
): Promise<TemplateRow | undefined> {
  const [row] = await tx.query<TemplateRow>(
    `select m.account_id, m.channel, m.conversation_id, r.template, r.customer_id, u.username, u.name,
            coalesce(u.profile_fetched_at > now() - interval '1 day', false) as is_fresh
       from auto_replies r join messages m on m.id = r.message_id
       left join users u on u.id = r.user_id
      where r.message_id = $1 and r.template is not null`,
    [messageId],
  );
  return row;
}

function namesOf(row: TemplateRow): CustomerNames {
  return { id: row.customer_id, username: row.username, name: row.name };
}

/** What the platform was told already must stay as it was told. */
export async function fillIn(
  tx: Transaction,
  channels: ChannelRegistry,
  messageId: string,
): Promise<void> {
  const found = await findTemplate(tx, messageId);
  if (!found) return;
  await lockConversations(tx, [found.conversation_id]);
  const row = await findTemplate(tx, messageId);
  if (!row) return;
  await tx.query('update auto_replies set template = null where message_id = $1', [messageId]);
  const tried = await tx.query('select 1 from send_attempts where message_id = $1 limit 1', [
    messageId,
  ]);
  const text = fillTemplate(row.template, namesOf(row));
  const plan = channels.get(row.channel).planSend({ type: 'text', text });
  if (tried.length > 0 || 'refused' in plan) return;
  await tx.query('update messages set text = $2 where id = $1', [messageId, text]);
  await tx.query('delete from message_parts where message_id = $1', [messageId]);
  await insertParts(tx, { id: messageId, account: { id: row.account_id }, parts: plan.parts });
}
