import { z } from 'zod';
import type { Caller } from '../../database/api-key-store.ts';
import type { MessageStore, NewMessage } from '../../database/message-store.ts';
import type { Logger } from '../../logger.ts';
import { requireAccount } from '../access.ts';
import type { ErrorCode } from '../error-codes.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { MessageId } from './common-schemas.ts';
import { sendExample, sentExample, statusExample } from './message-examples.ts';
import {
  IdempotencyHeaders,
  MessageStatusResponse,
  SendMessageRequest,
  SendMessageResponse,
} from './message-schemas.ts';
import { oneKey, refusalOf, type MemberNames } from './message-refusals.ts';
import { presentStatus } from './message-view.ts';

/** What these routes need of the router. */
export type MessageRoutesDeps = {
  messages: MessageStore;
  /** Makes the dispatcher look for new work at once. */
  kick(): void;
};

/** What every operation that takes a message may answer. */
export const SEND_ERRORS: ErrorCode[] = [
  'account_forbidden',
  'account_not_found',
  'account_disabled',
  'recipient_invalid',
  'content_refused',
  'message_id_taken',
  'idempotency_conflict',
];

const SEND_DESCRIPTION = `
Stores the message and answers **202** at once; nothing is lost from then on. The router sends it
as soon as every earlier message of the same conversation is settled, in the order of acceptance.
What becomes of it reaches your webhook (\`message.sent\`, \`message.delivered\`, \`message.read\`,
\`message.failed\`, \`message.unconfirmed\`), and can be asked for at
\`GET /api/v1/messages/{message_id}/status\`.

**Sending once.** Give an \`idempotency_key\` (in the body or as header \`Idempotency-Key\`) or your
own \`message_id\`, and repeat the request as often as you like: the same request gets the first
answer again, with header \`Idempotent-Replayed: true\`. The same key or id with another body is
refused with 422, names the existing \`message_id\`, and sends nothing.`;

export function createMessageRoutes(deps: MessageRoutesDeps): Route[] {
  const sendMessage = defineRoute({
    method: 'post',
    path: '/api/v1/messages/send',
    operationId: 'sendMessage',
    summary: 'Send a text to a customer',
    description: SEND_DESCRIPTION,
    tags: ['Messages'],
    auth: 'crm',
    headers: IdempotencyHeaders,
    body: SendMessageRequest,
    bodyExample: sendExample,
    responses: {
      202: { description: 'Stored.', schema: SendMessageResponse, example: sentExample },
    },
    errors: SEND_ERRORS,
    async handle({ body, headers, caller, traceId, log }) {
      const message = textTo(body, caller);
      const idempotencyKey = oneKey(body.idempotency_key, headers['idempotency-key']);
      return acceptMessage(deps, { ...message, idempotencyKey, traceId }, log);
    },
  });

  const getStatus = defineRoute({
    method: 'get',
    path: '/api/v1/messages/{message_id}/status',
    operationId: 'getMessageStatus',
    summary: 'Ask what has become of a message',
    description:
      'Every change of status with its time, the errors of failed attempts in the words of the ' +
      'platform, and the parts of a long text. Rather than asking again and again, wait for the ' +
      'webhook: it brings the same.',
    tags: ['Messages'],
    auth: 'crm',
    params: z.object({ message_id: MessageId }),
    responses: {
      200: { description: 'Found.', schema: MessageStatusResponse, example: statusExample },
    },
    errors: ['message_not_found'],
    async handle({ params, caller }) {
      const view = await deps.messages.findStatus(params.message_id, caller.accountIds);
      if (!view)
        throw new ApiError('message_not_found', {
          detail: 'There is no message with this id among the accounts of your key.',
        });
      return { status: 200, body: presentStatus(view) };
    },
  });

  return [sendMessage, getStatus];
}

/** The message of a request to send a text. Throws `account_forbidden`. */
export function textTo(
  body: z.output<typeof SendMessageRequest>,
  caller: Caller,
): Omit<NewMessage, 'traceId'> {
  requireAccount(caller, body.account_id, 'body');
  return {
    to: { accountId: body.account_id, recipientId: body.recipient_id },
    content: { type: 'text', text: body.message },
    messageId: body.message_id,
    visibleAccounts: caller.accountIds,
  };
}

/**
 * Stores a message and makes the answer, the same for every operation that takes one. Throws a
 * problem that names the member at fault, by its name in `members`.
 */
export async function acceptMessage(
  { messages, kick }: MessageRoutesDeps,
  message: NewMessage,
  log: Logger,
  members?: MemberNames,
) {
  const result = await messages.accept(message);
  if (!('message' in result)) throw refusalOf(result, members);
  kick();
  const { messageId, conversationId, position, createdAt } = result.message;
  log.info(`message ${result.kind}`, {
    message_id: messageId,
    account_id: 'accountId' in message.to ? message.to.accountId : undefined,
    conversation_id: conversationId,
  });
  const headers: Record<string, string> =
    result.kind === 'replayed' ? { 'Idempotent-Replayed': 'true' } : {};
  return {
    status: 202 as const,
    headers,
    body: {
      message_id: messageId,
      status: 'pending' as const,
      conversation_id: conversationId,
      position,
      created_at: createdAt.toISOString(),
    },
  };
}
