import type { z } from 'zod';
import type { ChannelRegistry } from '../../channels/channel.ts';
import type {
  ConversationView,
  MessagePreview as PreviewView,
  MessageView,
} from '../../database/conversation-store.ts';
import { isoOrNull } from './common-schemas.ts';
import type {
  ConversationResponse,
  MessagePreview,
  MessageResponse,
} from './conversation-schemas.ts';
import { transitionData } from '../../domain/transition.ts';
import { presentWindow } from './window-view.ts';

/** A conversation, as every answer shows it. */
export function presentConversation(
  view: ConversationView,
  channels: ChannelRegistry,
): z.output<typeof ConversationResponse> {
  const window = channels.has(view.channel) ? channels.get(view.channel).window : null;
  return {
    conversation_id: view.id,
    account_id: view.accountId,
    channel: view.channel,
    type: view.type,
    title: view.title,
    recipient_id: view.recipientId,
    participants: view.participants.map(({ senderId, ...person }) => ({
      ...person,
      sender_id: senderId,
    })),
    message_count: view.messageCount,
    last_message: view.lastMessage && presentPreview(view.lastMessage),
    can_send: presentWindow(window, view.customerWroteAt),
    superseded_by: view.supersededBy,
    last_message_at: isoOrNull(view.lastMessageAt),
    created_at: view.createdAt.toISOString(),
  };
}

function presentPreview(view: PreviewView): z.output<typeof MessagePreview> {
  return {
    message_id: view.id,
    direction: view.direction,
    message_type: view.type,
    text: view.text,
    status: view.status,
    position: view.position,
    created_at: view.createdAt.toISOString(),
  };
}

/** A message of the history, as every answer shows it. */
export function presentMessage(view: MessageView): z.output<typeof MessageResponse> {
  return {
    message_id: view.id,
    conversation_id: view.conversationId,
    position: view.position,
    direction: view.direction,
    source: view.source,
    message_type: view.type,
    text: view.text,
    attachments: view.attachments,
    payload: view.payload,
    ...view.details,
    sender_id: view.senderId,
    sender_username: view.senderUsername,
    sender_name: view.senderName,
    status: view.status,
    platform_message_id: view.platformMessageId,
    reply_to: view.replyTo,
    reactions: view.reactions.map(({ senderId, ...reaction }) => ({
      ...reaction,
      sender_id: senderId,
    })),
    error: view.error,
    transitions: view.transitions.map(transitionData),
    edited_at: isoOrNull(view.editedAt),
    deleted_at: isoOrNull(view.deletedAt),
    platform_timestamp: isoOrNull(view.platformTimestamp),
    created_at: view.createdAt.toISOString(),
    wait_reason: view.waitReason,
    next_attempt_at: isoOrNull(view.nextAttemptAt),
  };
}
