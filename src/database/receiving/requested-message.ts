import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database.ts';
import { addOutboxRow } from '../outbox.ts';
import { timeOf, type FreshEvent, type Of } from './customer-event.ts';

/**
 * Has a message asked for that the platform announced without its content, unless it is known or
 * asked for already. The platform's id must be locked.
 */
export async function requestFetch(
  tx: Transaction,
  { account, identity, traceId }: FreshEvent,
  event: Of<'untold'>,
): Promise<void> {
  const [requested] = await tx.query<{ id: string }>(
    `insert into message_fetches
       (id, account_id, channel, platform_message_id, conversation_id, customer, content,
        platform_time, trace_id)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9
      where not exists (select from messages where account_id = $2 and platform_message_id = $4)
        and not exists (select from message_parts where account_id = $2 and platform_message_id = $4)
         on conflict do nothing returning id`,
    [
      randomUUID(),
      account.id,
      account.channel,
      event.platformMessageId,
      identity?.conversationId ?? null,
      event.customer === null ? null : JSON.stringify(event.customer),
      event.content === null ? null : JSON.stringify(event.content),
      timeOf(event),
      traceId,
    ],
  );
  if (!requested) return;
  await addOutboxRow(tx, {
    kind: 'fetch_message',
    target: requested.id,
    accountId: account.id,
    channel: account.channel,
    traceId,
  });
}
