import type { InboundEventData, ReactionEventData } from '../../domain/crm-event.ts';
import type { MessageDetails } from '../../domain/message-details.ts';
import { addCrmEvent } from '../delivering/crm-events.ts';
import type { Transaction } from '../database.ts';
import { groupOf, type InboundAccount } from './customer-event.ts';
import type { Target } from './message-target.ts';
import type { Change } from './parked.ts';

/** Where something happened, for what is told of it. */
export type Scene = {
  account: InboundAccount;
  reorderWindowMs: number;
  traceId: string | null;
};

type OwnMembers =
  | (Pick<InboundEventData, 'message_type' | 'text' | 'attachments' | 'payload' | 'reply_to'> &
      MessageDetails)
  | Pick<ReactionEventData, 'action' | 'emoji'>;

const TYPES = {
  edited: 'message.edited',
  deleted: 'message.deleted',
  reaction: 'message.reaction',
} as const;

/** Tells the CRM what was done to a message, and by whom, in the lane in which it was told of. */
export async function addChangeEvent(
  tx: Transaction,
  scene: Scene,
  target: Target,
  event: Change,
  members: OwnMembers,
): Promise<void> {
  const { account } = scene;
  const { externalId, group } = event.customer;
  const [sender, recipient] =
    event.by === 'owner'
      ? [account.externalId, group?.externalId ?? externalId]
      : [externalId, account.externalId];
  const at = new Date(event.at ?? Date.now());
  await addCrmEvent(tx, {
    accountId: account.id,
    conversationId: target.conversation_id,
    messageId: target.id,
    type: TYPES[event.kind],
    data: {
      message_id: target.id,
      source: event.by === 'owner' ? 'platform_app' : 'customer',
      sender_id: sender,
      sender_username: null,
      sender_name: null,
      recipient_id: recipient,
      group: groupOf(event.customer),
      channel: account.channel,
      ...members,
      timestamp: at.toISOString(),
    },
    customer: {
      platformTime: await placeTime(tx, target.conversation_id, at),
      reorderWindowMs: scene.reorderWindowMs,
    },
    traceId: scene.traceId,
  });
}

/**
 * Customer events change places by their time as long as none is on its way. A change must stay behind
 * its message, and behind the changes before it, whatever clocks say: so it counts as no older than
 * what has arrived.
 */
async function placeTime(tx: Transaction, laneId: string, at: Date): Promise<Date> {
  const [row] = await tx.query<{ newest: Date | null }>(
    `select max(coalesce(platform_time, stored_at)) as newest from webhook_deliveries
      where lane_id = $1 and state = 'pending' and sequence is null and from_customer`,
    [laneId],
  );
  // A column is exact to the microsecond, a date to the millisecond.
  const newest = row?.newest ? row.newest.getTime() + 1 : 0;
  return new Date(Math.max(newest, at.getTime()));
}
