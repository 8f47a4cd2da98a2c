import type { ChannelEvent } from '../../channels/channel.ts';
import type { Transaction } from '../database.ts';
import { forgetWebhooks } from './forget-message.ts';

/** What was done to a message: it was edited, deleted, or reacted to. */
export type Change = Extract<ChannelEvent, { kind: 'edited' | 'deleted' | 'reaction' }>;

/** A status, an echo or a change that waits for the message it speaks of. */
export type ParkedEvent = Extract<ChannelEvent, { kind: 'status' | 'echo' }> | Change;
export type ParkedRow = { id: string; parked: ParkedEvent };

/** Keeps the event until its message's platform id is known. */
export async function park(tx: Transaction, eventId: string, event: ParkedEvent): Promise<void> {
  // The time of the statement: of two in one body it says which stood first, as their ids do not.
  await tx.query(
    'update inbound_events set parked_at = clock_timestamp(), parked = $2 where id = $1',
    [eventId, JSON.stringify(event)],
  );
}

/**
 * The same for a change. Once a deletion waits, nothing else that was said of the message is kept. The
 * platform's id must be locked.
 */
export async function parkChange(
  tx: Transaction,
  accountId: string,
  eventId: string,
  event: Change,
): Promise<void> {
  const { platformMessageId } = event;
  const deletions = await tx.query(
    `select 1 from inbound_events
      where account_key = $1 and platform_message_id = $2 and parked_at is not null
        and kind = 'deleted' limit 1`,
    [accountId, platformMessageId],
  );
  if (deletions.length === 0) await park(tx, eventId, { ...event, at: event.at ?? Date.now() });
  if (deletions.length === 0 && event.kind !== 'deleted') return;
  await tx.query(
    `update inbound_events set parked_at = null, parked = null
      where account_key = $1 and platform_message_id = $2 and parked_at is not null
        and kind in ('edited', 'reaction')`,
    [accountId, platformMessageId],
  );
  await forgetWebhooks(tx, accountId, platformMessageId);
}

/** The event is applied, or nothing will ever come of it. */
export async function closeParked(tx: Transaction, eventId: string): Promise<void> {
  await tx.query('update inbound_events set parked_at = null, parked = null where id = $1', [
    eventId,
  ]);
}
