import type { ChannelEvent } from '../../channels/channel.ts';
import type { Transaction } from '../database.ts';

/** A status or an echo that waits for the message it speaks of. */
export type ParkedEvent = Extract<ChannelEvent, { kind: 'status' | 'echo' }>;
export type ParkedRow = { id: string; parked: ParkedEvent };

/** Keeps the event until its message's platform id is known. */
export async function park(tx: Transaction, eventId: string, event: ParkedEvent): Promise<void> {
  await tx.query('update inbound_events set parked_at = now(), parked = $2 where id = $1', [
    eventId,
    JSON.stringify(event),
  ]);
}

/** The event is applied, or nothing will ever come of it. */
export async function closeParked(tx: Transaction, eventId: string): Promise<void> {
  await tx.query('update inbound_events set parked_at = null, parked = null where id = $1', [
    eventId,
  ]);
}
