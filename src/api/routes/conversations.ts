import { z } from 'zod';
import type { ConversationStore, ConversationView } from '../../database/conversation-store.ts';
import type { ChannelRegistry } from '../../channels/channel.ts';
import { requireAccount } from '../access.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { ConversationId, PageQuery, pageOf } from './common-schemas.ts';
import {
  conversationExample,
  conversationQuery,
  ConversationResponse,
  messageExample,
  MessageResponse,
} from './conversation-schemas.ts';
import { presentConversation, presentMessage } from './conversation-view.ts';

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
    description:
      'Those with the newest message first, of all accounts of your key. Filters narrow the list ' +
      'together; go on with the same ones and `cursor`. Each has its newest message in short form.',
    tags,
    auth: 'crm',
    query: conversationQuery(channels.names()),
    responses: {
      200: {
        description: 'A page of conversations.',
        schema: pageOf(ConversationResponse, 'ConversationPage'),
        example: { data: [conversationExample], next_cursor: 'eyJhdCI6MTc5NTI1MzQwMn0' },
      },
    },
    errors: ['account_forbidden'],
    async handle({ query, caller }) {
      if (query.account_id !== undefined) requireAccount(caller, query.account_id, 'query');
      const found = await conversations.list(caller.accountIds, {
        limit: query.limit,
        cursor: query.cursor,
        accountId: query.account_id,
        recipientIds: idsOf(query.recipient_id, channels),
        channel: query.channel,
        type: query.type,
        from: query.from,
        to: query.to,
        createdFrom: query.created_from,
        createdTo: query.created_to,
      });
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

/** Every id that a recipient may have: the spelling is each channel's own. */
function idsOf(recipient: string | undefined, channels: ChannelRegistry): string[] | undefined {
  if (recipient === undefined) return undefined;
  const addresses = channels.names().map((name) => channels.get(name).parseRecipient(recipient));
  const known = addresses.flatMap((address) =>
    address ? [address.externalId, ...(address.aliases ?? [])] : [],
  );
  return [...new Set([recipient, ...known])];
}
