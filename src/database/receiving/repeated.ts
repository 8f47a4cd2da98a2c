import type { ChannelEvent } from '../../channels/channel.ts';
import type { Transaction } from '../database.ts';
import { platformIds } from './lock-lanes.ts';

/** An event that was here before. */
export type RepeatedEvent = { accountKey: string; event: ChannelEvent };

/**
 * A webhook may bring what came before beside something new, so its bytes hold a message that others
 * brought. That is kept, for they are emptied with it; at once where it is deleted already.
 */
export async function noteRepeated(
  tx: Transaction,
  { requestId, channel }: { requestId: string; channel: string },
  repeated: RepeatedEvent[],
): Promise<void> {
  for (const { accountKey, event } of repeated) {
    const [platformId] = platformIds(event);
    if (platformId === undefined) continue;
    await tx.query(
      `insert into inbound_events (channel, account_key, event_key, request_id, kind, platform_message_id)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [
        channel,
        accountKey,
        `again:${requestId}:${event.key}`,
        requestId,
        keptKind(event),
        platformId,
      ],
    );
    if (await isDeleted(tx, accountKey, platformId))
      await tx.query(`update inbound_requests set body = '' where id = $1`, [requestId]);
  }
}

/** Whether its deletion came, which may wait for the message. */
async function isDeleted(tx: Transaction, accountId: string, platformId: string): Promise<boolean> {
  const deletions = await tx.query(
    `select from messages
      where account_id = $1 and platform_message_id = $2 and deleted_at is not null
     union all
     select from inbound_events
      where account_key = $1 and platform_message_id = $2 and parked_at is not null
        and kind = 'deleted'`,
    [accountId, platformId],
  );
  return deletions.length > 0;
}

/**
 * The kind under which an event is kept. What announces a message may have its words, and is found by
 * those who empty them like an edit.
 */
export function keptKind(event: ChannelEvent): string {
  return event.kind === 'untold' ? 'edited' : event.kind;
}
