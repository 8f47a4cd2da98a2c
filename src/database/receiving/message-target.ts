import type { Transaction } from '../database.ts';

/** A message that something was done to, and what was done to it before. */
export type Target = {
  id: string;
  conversation_id: string;
  type: string;
  direction: 'in' | 'out';
  refers_to_id: string | null;
  deleted: boolean;
  edit_time: Date | null;
  edit_revision: number | null;
  /** When each person last reacted or took that back, ms since 1970, and the platform's number of it. */
  reaction_times: Record<string, number | null>;
};

const MEMBERS = `m.id, m.conversation_id, m.type, m.direction, m.refers_to_id,
  m.deleted_at is not null as deleted, m.edit_time, m.edit_revision, m.reaction_times`;

/** A message that either side wrote, by any of its platform ids. */
export async function findTarget(
  tx: Transaction,
  accountId: string,
  platformMessageId: string,
): Promise<Target | undefined> {
  const [row] = await tx.query<Target>(
    `select ${MEMBERS} from messages m where account_id = $1 and platform_message_id = $2
     union all
     select ${MEMBERS} from message_parts p join messages m on m.id = p.message_id
      where p.account_id = $1 and p.platform_message_id = $2
     limit 1`,
    [accountId, platformMessageId],
  );
  return row;
}

/** Messages that answer this one and came first get to know it, and the CRM if it was not told yet. */
export async function linkReplies(
  tx: Transaction,
  accountId: string,
  platformMessageId: string,
): Promise<void> {
  const replies = await tx.query<{ id: string; refers_to_id: string }>(
    `update messages r set refers_to_id = t.id
       from (select id, conversation_id from messages
              where account_id = $1 and platform_message_id = $2
             union
             select m.id, m.conversation_id
               from message_parts p join messages m on m.id = p.message_id
              where p.account_id = $1 and p.platform_message_id = $2
              limit 1) t
      where r.account_id = $1 and r.reply_to = $2 and r.refers_to_id is null
        and r.conversation_id = t.conversation_id and r.id <> t.id
      returning r.id, r.refers_to_id`,
    [accountId, platformMessageId],
  );
  for (const { id, refers_to_id: target } of replies)
    await tx.query(
      `update webhook_deliveries
          set data = jsonb_set(data::jsonb, '{reply_to}', to_jsonb($2::text))::text
        where message_id = $1 and type = 'message.received' and state = 'pending'
          and sequence is null`,
      [id, target],
    );
}
