import type { Channel, ChannelEvent, Customer } from '../../channels/channel.ts';
import type { InboundEventData } from '../../domain/crm-event.ts';
import type { MessageDetails } from '../../domain/message-details.ts';
import { addCrmEvent } from '../delivering/crm-events.ts';
import type { Transaction } from '../database.ts';
import type { Identity } from './conversation-identity.ts';

/** The account that an event is for. */
export type InboundAccount = { id: string; externalId: string; channel: string };

/** An event that was not here before. */
export type FreshEvent = {
  event: ChannelEvent;
  eventId: string;
  account: InboundAccount;
  /** Of the event's customer, where it has one that we know. */
  identity: Identity | undefined;
  channel: Pick<Channel, 'planSend' | 'echoesApiSends'>;
  reorderWindowMs: number;
  traceId: string | null;
};

/** What became of one. */
export type AppliedEvent = {
  messageId: string | null;
  conversationId: string | null;
  /** Whether it proved one of our sends. */
  proved: boolean;
};

/** Kept, and nothing more. */
export const NOTHING: AppliedEvent = { messageId: null, conversationId: null, proved: false };

/** An event of one kind. */
export type Of<Kind extends ChannelEvent['kind']> = Extract<ChannelEvent, { kind: Kind }>;

type OwnMembers = MessageDetails &
  Pick<InboundEventData, 'message_type' | 'text' | 'attachments' | 'payload' | 'reply_to'>;

/** Tells the CRM what a customer wrote. */
export async function addReceivedEvent(
  tx: Transaction,
  fresh: FreshEvent,
  messageId: string,
  members: OwnMembers,
): Promise<void> {
  const { account, event, identity } = fresh;
  if (!identity || !('customer' in event) || !event.customer) return;
  await addCrmEvent(tx, {
    accountId: account.id,
    conversationId: identity.conversationId,
    messageId,
    type: 'message.received',
    data: {
      message_id: messageId,
      source: 'customer',
      sender_id: event.customer.externalId,
      sender_username: null,
      sender_name: null,
      recipient_id: account.externalId,
      group: groupOf(event.customer),
      channel: account.channel,
      ...members,
      timestamp: (timeOf(event) ?? new Date()).toISOString(),
    },
    customer: { platformTime: timeOf(event), reorderWindowMs: fresh.reorderWindowMs },
    traceId: fresh.traceId,
  });
}

/** The group in which somebody did something, as the CRM is told. */
export function groupOf({ group }: Customer): InboundEventData['group'] {
  return group ? { id: group.externalId, title: group.title ?? null } : null;
}

/** The platform's own time, where it told one. */
export function timeOf(event: ChannelEvent): Date | null {
  return event.at === null ? null : new Date(event.at);
}
