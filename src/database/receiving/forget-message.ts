import { withoutContent } from '../../domain/forgotten.ts';
import type { Transaction } from '../database.ts';

/**
 * What was deleted leaves nothing behind: not in the message's rows, not in what the CRM is still to be
 * told or was told, not in the bytes that brought it. Its conversation must be locked.
 */
export async function forgetMessage(
  tx: Transaction,
  accountId: string,
  messageId: string,
): Promise<void> {
  await tx.query(
    `update messages set text = null, attachments = '[]', payload = null, details = '{}',
            reactions = '[]', deleted_at = coalesce(deleted_at, clock_timestamp())
      where id = $1`,
    [messageId],
  );
  // A part that is still to be sent needs what it says.
  await tx.query(
    `update message_parts set text = '', content = null
      where message_id = $1 and sent_at is not null`,
    [messageId],
  );
  await forgetEvents(tx, messageId);
  const ids = await tx.query<{ id: string }>(
    `select platform_message_id as id from messages
      where id = $1 and platform_message_id is not null
     union
     select platform_message_id from message_parts
      where message_id = $1 and platform_message_id is not null`,
    [messageId],
  );
  for (const { id } of ids) await forgetWebhooks(tx, accountId, id);
}

/**
 * The bytes that brought a message or an edit of it are emptied, whatever else they brought: that has
 * its rows. The row stays, and with it that they came.
 */
export async function forgetWebhooks(
  tx: Transaction,
  accountId: string,
  platformMessageId: string,
): Promise<void> {
  await tx.query(
    `update inbound_requests set body = ''
      where id in (select request_id from inbound_events
                    where account_key = $1 and platform_message_id = $2
                      and kind in ('message', 'echo', 'edited'))`,
    [accountId, platformMessageId],
  );
  // What its announcement said, while it is still being asked for.
  await tx.query(
    `update message_fetches set content = null
      where account_id = $1 and platform_message_id = $2 and content is not null`,
    [accountId, platformMessageId],
  );
}

/**
 * An edit or reaction that has no sequence yet is not told at all. What has one keeps it, and its id,
 * for a gap means a dead letter: only its content goes, from what is still to be posted, replayed, or
 * was delivered.
 */
async function forgetEvents(tx: Transaction, messageId: string): Promise<void> {
  await tx.query(
    `update webhook_deliveries set state = 'discarded'
      where message_id = $1 and state = 'pending' and sequence is null
        and type in ('message.edited', 'message.reaction')`,
    [messageId],
  );
  const events = await tx.query<{ id: string; data: string; body: string | null }>(
    'select id, data, body from webhook_deliveries where message_id = $1',
    [messageId],
  );
  for (const { id, data, body } of events)
    await tx.query('update webhook_deliveries set data = $2, body = $3 where id = $1', [
      id,
      withoutContent(data),
      body === null ? null : withoutContent(body),
    ]);
  // A receiver may have answered with what it was sent.
  await tx.query('update webhook_attempts set excerpt = null where delivery_id = any($1)', [
    events.map(({ id }) => id),
  ]);
}
