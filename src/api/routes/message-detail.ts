import { z } from 'zod';
import type { ConversationStore, MessageDetailView } from '../../database/conversation-store.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { MessageId } from './common-schemas.ts';
import { ContentSchema } from './content-schemas.ts';
import { MessageResponse, messageExample } from './conversation-schemas.ts';
import { presentMessage } from './conversation-view.ts';
import { statusExample } from './message-examples.ts';
import { MessageStatusResponse } from './message-schemas.ts';
import { presentSending } from './message-view.ts';

/** What this route needs of the router. */
export type MessageDetailRouteDeps = { conversations: Pick<ConversationStore, 'findMessage'> };

const MessageDetailResponse = z
  .object({
    ...MessageStatusResponse.shape,
    ...MessageResponse.shape,
    idempotency_key: z.string().nullable().meta({ description: 'Of the request to send.' }),
    content: ContentSchema.nullable().meta({
      description:
        'As the request to send had it; null for what customers wrote, for what was typed in the ' +
        "platform's own app, and for what was deleted.",
    }),
  })
  .meta({ id: 'MessageDetailResponse', description: 'A message with all that is known of it.' });

const example: z.output<typeof MessageDetailResponse> = {
  ...messageExample,
  ...statusExample,
  direction: 'out',
  source: 'api',
  text: 'Your order is on its way 🚚',
  sender_id: 'agent-17',
  sender_username: null,
  sender_name: null,
  platform_timestamp: null,
  idempotency_key: 'order-4711-shipped',
  content: { type: 'text', text: 'Your order is on its way 🚚' },
};

/** `GET /api/v1/messages/{message_id}`. */
export function createMessageDetailRoute({ conversations }: MessageDetailRouteDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/messages/{message_id}',
    operationId: 'getMessage',
    summary: 'Look at one message',
    description:
      'A message of either side: what the history has of it, and of ours what its status has, and ' +
      'what the request to send asked for.',
    tags: ['Messages'],
    auth: 'crm',
    params: z.object({ message_id: MessageId }),
    responses: { 200: { description: 'Found.', schema: MessageDetailResponse, example } },
    errors: ['message_not_found'],
    async handle({ params: { message_id }, caller }) {
      const found = await conversations.findMessage(message_id, caller.accountIds);
      if (!found)
        throw new ApiError('message_not_found', {
          detail: 'There is no message with this id among the accounts of your key.',
        });
      return { status: 200, body: present(found) };
    },
  });
}

function present(view: MessageDetailView): z.input<typeof MessageDetailResponse> {
  return {
    ...presentSending(view.sending),
    ...presentMessage(view.message),
    idempotency_key: view.idempotencyKey,
    content: view.content as z.input<typeof ContentSchema> | null,
  };
}
