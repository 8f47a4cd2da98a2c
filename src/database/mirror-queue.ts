import type { Transaction } from './database.ts';
import { addOutboxRow } from './outbox.ts';

/** There is one mirror for all accounts, so one target in the outbox. */
const TARGET = 'crm';

/** So long messages are gathered before the mirror's workflow is told of them at once. */
const GATHER_MS = 1_000;

/**
 * Queues a message for the CRM's own database, in the transaction that makes it known; does nothing
 * while the mirror is off. A message is queued once, however often it is sent. What we react with or
 * edit is a change of another message and no row.
 */
export async function queueForMirror(
  tx: Transaction,
  messageId: string,
  /** Who wrote it, for a message of the customer. */
  userId: string | null = null,
): Promise<void> {
  if (!tx.mirror) return;
  const [queued] = await tx.query<{ account_id: string }>(
    `with message as (
       select m.id, m.account_id, coalesce($2, c.recipient_id) as user_id
         from messages m join conversations c on c.id = m.conversation_id
        where m.id = $1 and m.type not in ('reaction', 'edit')),
     queued as (
       insert into mirror_queue (message_id, user_id) select id, user_id from message
       on conflict (message_id) do nothing returning message_id)
     select m.account_id from message m join queued q on q.message_id = m.id`,
    [messageId, userId],
  );
  if (queued) await wakeMirror(tx, queued.account_id, GATHER_MS);
}

/** Has the dispatcher tell the mirror's workflow that there is something to write. */
export async function wakeMirror(tx: Transaction, accountId: string, delayMs = 0): Promise<void> {
  await addOutboxRow(tx, { kind: 'mirror_ready', target: TARGET, accountId, delayMs });
}
