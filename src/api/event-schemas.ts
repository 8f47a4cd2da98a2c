import { z } from 'zod';
import {
  AccountId,
  ConversationId,
  MessageId,
  Position,
  Timestamp,
} from './routes/common-schemas.ts';
import { AttachmentView } from './routes/conversation-schemas.ts';
import { messageDetails } from './routes/message-details-schemas.ts';
import { ContentSchema } from './routes/content-schemas.ts';
import { MessageError, MessageStatusName, StatusTransition } from './routes/message-schemas.ts';

/** What the CRM receives, for the documentation. Receivers should ignore members they do not know. */

const InboundType = z.enum(['message.received', 'message.edited', 'message.deleted']);

const StatusType = z.enum([
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'message.delayed',
  'message.unconfirmed',
]);

const AccountEventType = z.enum(['account.paused', 'account.resumed', 'account.token_expiring']);

function envelope<T extends z.ZodType, D extends z.ZodType>(type: T, data: D) {
  return z.object({
    id: z.string().meta({
      description:
        'The same on every attempt and replay, as header `webhook-id`: deduplicate by it.',
    }),
    type,
    version: z.literal('1'),
    timestamp: Timestamp.meta({ description: 'When the router learned of it.' }),
    account_id: AccountId,
    conversation_id: ConversationId.nullable(),
    sequence: z
      .int()
      .nullable()
      .meta({
        description:
          'Counts the events of one conversation, without a gap: a missing number means an event ' +
          'that could not be delivered. null where there is no conversation to be in order with.',
      }),
    data,
  });
}

const customer = {
  source: z.enum(['customer', 'platform_app']).meta({
    description:
      'Who did it: the customer, or somebody of yours in the platform’s own app. With the latter ' +
      'the ids of sender and recipient change places.',
  }),
  sender_id: z.string().meta({
    description: "Send it as `recipient_id` to answer; with `platform_app`, our account's id.",
  }),
  sender_username: z.string().nullable().meta({
    description: 'What the platform calls them in public; null where it has no such names.',
  }),
  sender_name: z.string().nullable().meta({
    description: 'The name that they show; on WhatsApp of their profile. null where unknown.',
  }),
  recipient_id: z.string().meta({
    description: "The platform's id of our account; with `platform_app`, the customer's.",
  }),
  group: z.object({ id: z.string(), title: z.string().nullable() }).nullable().meta({
    description: 'Where it was written in a group: its id is the recipient to answer to.',
  }),
  channel: z.string(),
};

export const InboundMessageWebhook = envelope(
  InboundType,
  z.object({
    message_id: MessageId,
    position: Position,
    ...customer,
    message_type: z.string().meta({
      description:
        '`text`, `image`, `video`, `audio`, `document`, `sticker`, `location`, `contact`, ' +
        '`order`, `share`, `postback`, `poll`, `payment`, `referral` or `unsupported`.',
    }),
    text: z.string().nullable(),
    attachments: z.array(AttachmentView),
    payload: z.string().nullable().meta({
      description: 'What the button that the customer pressed stands for.',
    }),
    ...messageDetails,
    reply_to: MessageId.nullable().meta({
      description: 'The `message_id` of the message that it answers, where the router knows it.',
    }),
    timestamp: Timestamp.meta({ description: "The platform's own time." }),
  }),
).meta({
  id: 'InboundMessageWebhook',
  description: 'A customer wrote, or either side changed what it had written or took it back.',
});

export const ReactionWebhook = envelope(
  z.literal('message.reaction'),
  z.object({
    message_id: MessageId,
    position: Position,
    ...customer,
    action: z.enum(['react', 'unreact']),
    emoji: z.string().nullable(),
    timestamp: Timestamp,
  }),
).meta({ id: 'ReactionWebhook', description: 'Somebody reacted to a message.' });

const told = 'With `message.sent`, and with every event of what was not sent through the API.';

export const DeliveryStatusWebhook = envelope(
  StatusType,
  z.object({
    message_id: MessageId.meta({ description: 'The `message_id` that sending answered.' }),
    position: Position,
    recipient_id: z.string(),
    channel: z.string(),
    status: MessageStatusName,
    source: z.string().meta({
      description:
        '`api`, `auto_reply`, or `platform_app` for what a person typed in the platform’s own app.',
    }),
    message_type: z.string().optional().meta({ description: told }),
    text: z.string().nullable().optional().meta({ description: told }),
    attachments: z.array(AttachmentView).optional().meta({ description: told }),
    sender_id: z
      .string()
      .nullable()
      .optional()
      .meta({ description: `\`sender_id\` of the request to send. ${told}` }),
    content: ContentSchema.nullable()
      .optional()
      .meta({ description: `As the request to send had it; null for \`platform_app\`. ${told}` }),
    payload: z.string().nullable().optional().meta({ description: 'Only with `platform_app`.' }),
    ...messageDetails,
    platform_message_id: z.string().nullable(),
    possible_duplicate: z.boolean(),
    timestamp: Timestamp.meta({ description: 'When that happened: the last of `transitions`.' }),
    transitions: z.array(StatusTransition),
    error: MessageError.nullable(),
    delay: z
      .object({ reason: z.string(), next_attempt_at: Timestamp.nullable() })
      .nullable()
      .meta({ description: 'With `message.delayed`: why it waits, and until when.' }),
    holds: z
      .boolean()
      .optional()
      .meta({
        description:
          'With `message.unconfirmed`: true while the conversation waits until a person decides ' +
          '(`on_unknown_outcome: hold`).',
      }),
  }),
).meta({ id: 'DeliveryStatusWebhook', description: 'What has become of a message that went out.' });

export const AccountWebhook = envelope(
  AccountEventType,
  z.object({
    account_id: AccountId,
    reason: z.string().optional().meta({
      description: "With `account.paused`: the platform's own code.",
    }),
    detail: z.string().optional().meta({
      description: "With `account.paused`: the platform's own words.",
    }),
    expires_at: Timestamp.optional().meta({
      description: 'With `account.token_expiring`: when the credentials end.',
    }),
    days_left: z.int().optional().meta({
      description: 'With `account.token_expiring`: days until then, a begun one counted whole.',
    }),
  }),
).meta({
  id: 'AccountWebhook',
  description: 'Something about the account itself; these have a `sequence` of their own.',
});

export const TestWebhook = envelope(
  z.literal('webhook.test'),
  z.object({ message: z.string() }),
).meta({ id: 'TestWebhook', description: 'What `webhook-test` sends.' });
