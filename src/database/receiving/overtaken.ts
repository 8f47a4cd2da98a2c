import type { Transaction } from '../database.ts';

/**
 * A customer's message that others have overtaken on the way takes the place of the first of them,
 * and each of those the next one's, as long as the CRM was told of none: so the conversation has the
 * order in which the CRM will be told, which is by the platform's time (see `domain/event-order.ts`).
 * Places and times are handed on, so neither is given twice and time never goes back; what was done to
 * a message is never older than it.
 */
export async function putInPlace(
  tx: Transaction,
  conversationId: string,
  messageId: string,
): Promise<void> {
  const inOrder = await tx.query<{ message_id: string }>(
    `select d.message_id from webhook_deliveries d
       join webhook_deliveries own
         on own.lane_id = d.lane_id and own.message_id = $2 and own.type = d.type
            and own.state = 'pending'
      where d.lane_id = $1 and d.state = 'pending' and d.sequence is null
        and d.type = 'message.received'
        and (coalesce(d.platform_time, d.stored_at), d.arrival)
            >= (coalesce(own.platform_time, own.stored_at), own.arrival)
      order by coalesce(d.platform_time, d.stored_at), d.arrival`,
    [conversationId, messageId],
  );
  if (inOrder.length < 2) return;
  const ids = inOrder.map((row) => row.message_id);
  // No two may have the same place, not even between two rows of one statement.
  await tx.query('update messages set position = -position where id = any($1)', [ids]);
  await tx.query(
    `update messages m set position = place.position, created_at = place.created_at,
            edited_at = greatest(m.edited_at, case when m.edited_at is not null then place.created_at end),
            deleted_at = greatest(m.deleted_at, case when m.deleted_at is not null then place.created_at end)
       from unnest($1::uuid[]) with ordinality as told (id, nth)
       join (select -position as position, created_at,
                    row_number() over (order by position desc) as nth
               from messages where id = any($1)) place using (nth)
      where m.id = told.id`,
    [ids],
  );
}
