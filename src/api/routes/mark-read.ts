import { z } from 'zod';
import type { ChannelRegistry } from '../../channels/channel.ts';
import type { AccountStore } from '../../database/account-store.ts';
import type { ReceivedStore } from '../../database/received-store.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { ConversationId, MessageId } from './common-schemas.ts';
import { notSupported, throwPlatformError } from './platform-call.ts';

/** What this route needs of the router. */
export type MarkReadRouteDeps = {
  received: Pick<ReceivedStore, 'findNewestReceived'>;
  accounts: Pick<AccountStore, 'open'>;
  channels: ChannelRegistry;
};

/** `POST /api/v1/conversations/{conversation_id}/read`. */
export function createMarkReadRoute(deps: MarkReadRouteDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/conversations/{conversation_id}/read',
    operationId: 'markConversationRead',
    summary: 'Show the customer that their messages were read',
    description:
      'Tells the platform at once that everything up to the newest message of the customer was ' +
      'read, as far as the platform has that. It may be repeated; nothing is queued.',
    tags: ['Conversations'],
    auth: 'crm',
    params: z.object({ conversation_id: ConversationId }),
    responses: {
      200: {
        description: 'The platform was told.',
        schema: z.object({ message_id: MessageId.meta({ description: 'The newest one.' }) }),
        example: { message_id: '8c5d1a2b-3e4f-4a6b-9c7d-8e9f0a1b2c3d' },
      },
    },
    errors: [
      'conversation_not_found',
      'message_not_found',
      'not_supported',
      'platform_refused',
      'platform_unavailable',
    ],
    async handle({ params, caller }) {
      const found = await deps.received.findNewestReceived(
        params.conversation_id,
        caller.accountIds,
      );
      if (!found) throw new ApiError('conversation_not_found');
      const channel = deps.channels.get(found.channel);
      if (!channel.markRead) throw notSupported(channel.name, 'read receipts to give');
      if (found.message === null)
        throw new ApiError('message_not_found', { detail: 'The customer has not written yet.' });
      const account = await deps.accounts.open(found.accountId);
      if (!account) throw new ApiError('conversation_not_found');
      const { id, platformMessageId } = found.message;
      await channel
        .markRead(account, { recipientId: found.recipientId, platformMessageId })
        .catch(throwPlatformError);
      return { status: 200, body: { message_id: id } };
    },
  });
}
