import { z } from 'zod';
import type {
  ConversationStore,
  ConversationView,
  MessageView,
} from '../../database/conversation-store.ts';
import type { ChannelRegistry } from '../../channels/channel.ts';
import { requireAccount } from '../access.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { ConversationId, isoOrNull, PageQuery, pageOf } from './common-schemas.ts';
import {
  conversationExample,
  ConversationQuery,
  ConversationResponse,
  messageExample,
  MessageResponse,
} from './conversation-schemas.ts';
import { presentWindow } from './window-view.ts';

const tags = ['Conversations'];
const params = z.object({ conversation_id: ConversationId });

/** What these routes need of the router. */
export type ConversationRoutesDeps = {
  conversations: ConversationStore;
  channels: ChannelRegistry;
};

/** The history: what was written, by whom, and what became of it. */
export function createConversationRoutes({
  conversations,
  channels,
}: ConversationRoutesDeps): Route[] {
  const present = (view: ConversationView) => presentConversation(view, channels);
  const listConversations = defineRoute({
    method: 'get',
    path: '/api/v1/conversations',
    operationId: 'listConversations',
    summary: 'List conversations',
    description: 'Those with the newest message first, of all accounts of your key or of one.',
    tags,
    auth: 'crm',
    query: ConversationQuery,
    responses: {
      200: {
        description: 'A page of conversations.',
        schema: pageOf(ConversationResponse, 'ConversationPage'),
        example: { data: [conversationExample], next_cursor: 'eyJhdCI6MTc5NTI1MzQwMn0' },
      },
    },
    errors: ['account_forbidden'],
    async handle({ query: { account_id, ...page }, caller }) {
      if (account_id !== undefined) requireAccount(caller, account_id, 'query');
      const found = await conversations.list(caller.accountIds, { ...page, accountId: account_id });
      const data = found.items.map(present);
      return { status: 200, body: { data, next_cursor: found.nextCursor } };
    },
  });

  const getConversation = defineRoute({
    method: 'get',
    path: '/api/v1/conversations/{conversation_id}',
    operationId: 'getConversation',
    summary: 'Look at one conversation',
    description: 'Who takes part, and what to send as `recipient_id` to answer.',
    tags,
    auth: 'crm',
    params,
    responses: {
      200: { description: 'Found.', schema: ConversationResponse, example: conversationExample },
    },
    errors: ['conversation_not_found'],
    async handle({ params: { conversation_id }, caller }) {
      const found = await conversations.find(conversation_id, caller.accountIds);
      if (!found) throw new ApiError('conversation_not_found');
      return { status: 200, body: present(found) };
    },
  });

  const listMessages = defineRoute({
    method: 'get',
    path: '/api/v1/conversations/{conversation_id}/messages',
    operationId: 'listMessages',
    summary: 'Read a conversation',
    description:
      'Both directions, newest first: by `position`. Edited and deleted messages say so. Go on with ' +
      '`next_cursor`; several messages may have the same time.',
    tags,
    auth: 'crm',
    params,
    query: PageQuery,
    responses: {
      200: {
        description: 'A page of messages.',
        schema: pageOf(MessageResponse, 'MessagePage'),
        example: { data: [messageExample], next_cursor: null },
      },
    },
    errors: ['conversation_not_found'],
    async handle({ params: { conversation_id }, query, caller }) {
      const found = await conversations.listMessages(conversation_id, caller.accountIds, query);
      if (!found) throw new ApiError('conversation_not_found');
      const data = found.items.map(presentMessage);
      return { status: 200, body: { data, next_cursor: found.nextCursor } };
    },
  });

  return [listConversations, getConversation, listMessages];
}

function presentConversation(
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
    participants: view.participants,
    can_send: presentWindow(window, view.customerWroteAt),
    superseded_by: view.supersededBy,
    last_message_at: isoOrNull(view.lastMessageAt),
    created_at: view.createdAt.toISOString(),
  };
}

function presentMessage(view: MessageView): z.output<typeof MessageResponse> {
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
    sender_id: view.agentId,
    status: view.status,
    platform_message_id: view.platformMessageId,
    reply_to: view.replyTo,
    reactions: view.reactions,
    edited_at: isoOrNull(view.editedAt),
    deleted_at: isoOrNull(view.deletedAt),
    platform_timestamp: isoOrNull(view.platformTimestamp),
    created_at: view.createdAt.toISOString(),
    wait_reason: view.waitReason,
    next_attempt_at: isoOrNull(view.nextAttemptAt),
  };
}
