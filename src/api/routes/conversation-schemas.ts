import { z } from 'zod';
import {
  AccountId,
  ConversationId,
  MessageId,
  PageQuery,
  Position,
  Timestamp,
} from './common-schemas.ts';
import { messageDetails, referralExample } from './message-details-schemas.ts';
import { MessageStatusName, WaitReason } from './message-schemas.ts';

export const ConversationQuery = PageQuery.extend({
  account_id: AccountId.optional().meta({ description: 'Only conversations of this account.' }),
});

export const CanSend = z
  .object({
    window: z.enum(['always', 'open', 'human_agent', 'template_only', 'closed']).meta({
      description:
        '`always`: the platform has no window. `open`: free answers. `human_agent`: only answers ' +
        'of a person, marked so. `template_only`: only approved templates. `closed`: nothing.',
    }),
    until: Timestamp.nullable().meta({ description: 'When this ends, or ended.' }),
  })
  .meta({ id: 'CanSend', description: "What the platform's window for answers allows now." });

export const ConversationResponse = z
  .object({
    conversation_id: ConversationId,
    account_id: AccountId,
    channel: z.string(),
    type: z.enum(['DIRECT', 'GROUP']),
    title: z.string().nullable().meta({ description: 'Of a group.' }),
    recipient_id: z.string().meta({
      description: 'What to send as `recipient_id` to write to this conversation.',
    }),
    participants: z.array(
      z.object({
        id: z.string(),
        role: z.enum(['AGENT', 'CUSTOMER']),
        username: z.string().nullable(),
        name: z.string().nullable(),
      }),
    ),
    can_send: CanSend,
    superseded_by: ConversationId.nullable().meta({
      description: 'Go on there: both turned out to be with the same customer.',
    }),
    last_message_at: Timestamp.nullable(),
    created_at: Timestamp,
  })
  .meta({ id: 'ConversationResponse', description: 'One customer, or group, of one account.' });

export const AttachmentView = z
  .object({
    type: z.enum([
      'image',
      'video',
      'audio',
      'document',
      'sticker',
      'location',
      'contact',
      'share',
      'other',
    ]),
    url: z.string().optional().meta({
      description: "The platform's own address; most platforms let it expire.",
    }),
    title: z.string().optional(),
    media_id: z
      .string()
      .optional()
      .meta({
        description:
          "The platform's handle of a file without an address; fetch it at " +
          '`GET /api/v1/messages/{message_id}/attachments/{index}`.',
      }),
    mime_type: z.string().optional(),
    file_name: z.string().optional(),
    size_bytes: z.int().optional(),
    latitude: z.number().optional(),
    longitude: z.number().optional(),
    phone: z.string().optional(),
  })
  .meta({ id: 'Attachment' });

export const MessageResponse = z
  .object({
    message_id: MessageId,
    conversation_id: ConversationId,
    position: Position,
    direction: z.enum(['in', 'out']).meta({ description: '`in`: the customer wrote it.' }),
    source: z.string().meta({
      description: '`platform_app`: somebody typed it in the app of the platform.',
    }),
    message_type: z.string(),
    text: z.string().nullable(),
    attachments: z.array(AttachmentView),
    payload: z.string().nullable().meta({ description: 'Of the button that was pressed.' }),
    ...messageDetails,
    sender_id: z.string().nullable().meta({ description: '`sender_id` of the request to send.' }),
    status: MessageStatusName.nullable().meta({ description: 'null for what customers wrote.' }),
    platform_message_id: z.string().nullable(),
    reply_to: MessageId.nullable().meta({
      description: 'The message that it answers, reacts to or edits.',
    }),
    reactions: z
      .array(
        z.object({
          emoji: z.string().nullable(),
          from: z.enum(['in', 'out']),
          participant_id: z.string().optional().meta({
            description: 'Which of the `participants` of a group.',
          }),
        }),
      )
      .meta({
        description:
          'One of ours at most, and one of the customer; in a group, one of each member.',
      }),
    edited_at: Timestamp.nullable(),
    deleted_at: Timestamp.nullable(),
    platform_timestamp: Timestamp.nullable().meta({ description: "The platform's own time." }),
    created_at: Timestamp,
    wait_reason: WaitReason,
    next_attempt_at: Timestamp.nullable(),
  })
  .meta({ id: 'MessageResponse', description: 'A message in the history of a conversation.' });

export const conversationExample: z.output<typeof ConversationResponse> = {
  conversation_id: 'conv_0d9b7c6a5e4f4a3b9c8d7e6f5a4b3c2d',
  account_id: 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b',
  channel: 'instagram',
  type: 'DIRECT',
  title: null,
  recipient_id: '1254477777777777',
  participants: [
    { id: '1254477777777777', role: 'CUSTOMER', username: 'ana.lima', name: 'Ana Lima' },
  ],
  can_send: { window: 'open', until: '2026-11-22T09:29:10.000Z' },
  superseded_by: null,
  last_message_at: '2026-11-21T09:30:02.412Z',
  created_at: '2026-11-20T17:05:44.001Z',
};

export const messageExample: z.output<typeof MessageResponse> = {
  message_id: '8c5d1a2b-3e4f-4a6b-9c7d-8e9f0a1b2c3d',
  conversation_id: 'conv_0d9b7c6a5e4f4a3b9c8d7e6f5a4b3c2d',
  position: 12,
  direction: 'in',
  source: 'customer',
  message_type: 'text',
  text: 'Where is my order?',
  attachments: [],
  payload: null,
  referral: referralExample,
  sender_id: null,
  status: null,
  platform_message_id: 'aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE',
  reply_to: null,
  reactions: [],
  edited_at: null,
  deleted_at: null,
  platform_timestamp: '2026-11-21T09:29:10.000Z',
  created_at: '2026-11-21T09:29:10.482Z',
  wait_reason: null,
  next_attempt_at: null,
};
