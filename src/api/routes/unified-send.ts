import { z } from 'zod';
import type { NewMessage } from '../../database/message-store.ts';
import type { Caller } from '../../database/api-key-store.ts';
import { requireAccount } from '../access.ts';
import { eitherOr } from '../member-rules.ts';
import { defineRoute, type Route } from '../route.ts';
import { AccountId, ConversationId, MessageId, OwnMessageId } from './common-schemas.ts';
import { ContentSchema, readContent } from './content-schemas.ts';
import { sendExample, sentExample, unifiedExample } from './message-examples.ts';
import { type MemberNames, oneKey } from './message-refusals.ts';
import {
  IdempotencyHeaders,
  IdempotencyKey,
  RecipientId,
  SendMessageRequest,
  SendMessageResponse,
} from './message-schemas.ts';
import { acceptMessage, type MessageRoutesDeps, SEND_ERRORS, textTo } from './messages.ts';

/** Where a message goes: one of two ways to say it. */
export const DESTINATION = {
  conversation_id: ConversationId.optional().meta({
    description: 'The conversation to go on with; instead of `account_id` and `recipient`.',
  }),
  account_id: AccountId.optional(),
  recipient: RecipientId.optional().meta({
    description: "The customer's or group's id on the platform; a phone number on WhatsApp.",
  }),
};

/** See {@link saysWhere}. */
export const WHERE_RULE = eitherOr('conversation_id', ['account_id', 'recipient']);

/** Whether exactly one of the two ways is used. */
export function saysWhere(body: {
  conversation_id?: string | undefined;
  account_id?: string | undefined;
  recipient?: string | undefined;
}): boolean {
  const { conversation_id: conversation, account_id: account, recipient } = body;
  if (conversation !== undefined) return account === undefined && recipient === undefined;
  return account !== undefined && recipient !== undefined;
}

export const WHERE = 'needs either conversation_id, or account_id and recipient';

/** Kinds of content that are about a message themselves. */
const ANSWERS_NONE: readonly string[] = ['reaction', 'edit'];

export const UnifiedSendRequest = z
  .strictObject({
    message_id: OwnMessageId.optional(),
    ...DESTINATION,
    sender_id: z.string().min(1).max(255).optional().meta({
      description: 'Your own name for who sends it; shown in the history. The customer sees none.',
    }),
    content: ContentSchema,
    reply_to: MessageId.optional().meta({
      description: 'A message of the same conversation that this one answers, shown as a quote.',
    }),
    channel_type: z.string().min(1).max(64).optional().meta({
      description: 'The channel you count on; refused if the account is on another one.',
    }),
    idempotency_key: IdempotencyKey.optional(),
  })
  .refine(saysWhere, { message: WHERE })
  .refine(
    ({ content, reply_to }) => reply_to === undefined || !ANSWERS_NONE.includes(content.type),
    { path: ['reply_to'], message: 'a reaction or an edit answers nothing' },
  )
  .meta({
    id: 'UnifiedSendRequest',
    description: 'A message of any kind, on any channel.',
    ...WHERE_RULE,
    dependentSchemas: {
      reply_to: {
        properties: { content: { properties: { type: { not: { enum: ANSWERS_NONE } } } } },
      },
    },
  });

const DESCRIPTION = `
One request for every channel and every kind of content: texts, files by address or by the platform's
handle, templates, reactions, edits, and answers that quote. Stored and answered **202** like
\`POST /api/v1/messages/send\`, with the same rules for order and for sending once. What the channel
never takes is refused with \`content_refused\` and the member at fault; what it takes in another form
is converted, as \`POST /api/v1/messages/check\` tells beforehand.`;

/** The operations that take a message of any kind. */
export function createUnifiedSendRoutes(deps: MessageRoutesDeps): Route[] {
  return [unifiedRoute(deps), webhooksSendRoute(deps)];
}

const place = {
  method: 'post' as const,
  tags: ['Messages'],
  auth: 'crm' as const,
  headers: IdempotencyHeaders,
  responses: {
    202: { description: 'Stored.', schema: SendMessageResponse, example: sentExample },
  },
  errors: [...SEND_ERRORS, 'conversation_not_found' as const, 'message_not_found' as const],
};

function unifiedRoute(deps: MessageRoutesDeps): Route {
  return defineRoute({
    ...place,
    path: '/api/v1/messages',
    operationId: 'sendUnifiedMessage',
    summary: 'Send a message of any kind',
    description: DESCRIPTION,
    body: UnifiedSendRequest,
    bodyExample: unifiedExample,
    async handle({ body, headers, caller, traceId, log }) {
      const { message, members } = readUnified(body, caller);
      const idempotencyKey = oneKey(body.idempotency_key, headers['idempotency-key']);
      return acceptMessage(deps, { ...message, idempotencyKey, traceId }, log, members);
    },
  });
}

const SUCCESSOR = '/api/v1/messages';
const TEXT_SUCCESSOR = '/api/v1/messages/send';

/** The older address takes both forms, for its callers have the older one. */
function webhooksSendRoute(deps: MessageRoutesDeps): Route {
  return defineRoute({
    ...place,
    path: '/webhooks/send',
    operationId: 'sendMessageDeprecated',
    summary: 'Send a message (deprecated)',
    description:
      `An older address: takes what \`POST ${TEXT_SUCCESSOR}\` takes, and what ` +
      `\`POST ${SUCCESSOR}\` takes. \`Link\` names the one that took its place.`,
    body: z.union([SendMessageRequest, UnifiedSendRequest]).meta({
      id: 'WebhooksSendRequest',
      description: 'A text to a customer, or a message of any kind.',
    }),
    bodyExample: sendExample,
    deprecated: { at: new Date('2026-11-21T00:00:00Z'), successor: TEXT_SUCCESSOR },
    async handle({ body, headers, caller, traceId, log }) {
      const isText = 'message' in body;
      const { message, members } = isText
        ? { message: textTo(body, caller), members: undefined }
        : readUnified(body, caller);
      const idempotencyKey = oneKey(body.idempotency_key, headers['idempotency-key']);
      const answer = await acceptMessage(
        deps,
        { ...message, idempotencyKey, traceId },
        log,
        members,
      );
      if (isText) return answer;
      const Link = `<${SUCCESSOR}>; rel="successor-version"`;
      return { ...answer, headers: { ...answer.headers, Link } };
    },
  });
}

/** The message of a request, and the names that its members have there. Throws `account_forbidden`. */
function readUnified(
  body: z.output<typeof UnifiedSendRequest>,
  caller: Caller,
): { message: Omit<NewMessage, 'traceId'>; members: MemberNames } {
  if (body.account_id !== undefined) requireAccount(caller, body.account_id, 'body');
  const { content, targetId } = readContent(body.content);
  return {
    message: {
      to: destinationOf(body),
      content,
      refersToId: targetId ?? body.reply_to,
      agentId: body.sender_id,
      channel: body.channel_type,
      messageId: body.message_id,
      visibleAccounts: caller.accountIds,
    },
    members: {
      account: body.conversation_id === undefined ? '/account_id' : '/conversation_id',
      recipient: '/recipient',
      target: targetId === undefined ? '/reply_to' : '/content/message_id',
    },
  };
}

function destinationOf(body: z.output<typeof UnifiedSendRequest>): NewMessage['to'] {
  const { conversation_id: conversationId, account_id: accountId, recipient } = body;
  if (conversationId !== undefined) return { conversationId };
  return { accountId: accountId ?? '', recipientId: recipient ?? '' };
}
