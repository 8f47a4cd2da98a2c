import { z } from 'zod';
import {
  AccountId,
  ConversationId,
  MessageId,
  PageQuery,
  Position,
  Timestamp,
  TimeWithOffset,
} from './common-schemas.ts';
import { messageDetails, referralExample } from './message-details-schemas.ts';
import {
  MessageError,
  MessageStatusName,
  RecipientId,
  StatusTransition,
  WaitReason,
} from './message-schemas.ts';

const ConversationType = z.enum(['DIRECT', 'GROUP']);

/** Filters of the list; `channels`: the names of those that there are. */
export function conversationQuery(channels: readonly string[]) {
  return z
    .strictObject({
      ...PageQuery.shape,
      account_id: AccountId.optional().meta({ description: 'Only conversations of this account.' }),
      recipient_id: RecipientId.optional().meta({
        description:
          'Only those with this customer or group: by any id that the platform has for them, or a ' +
          'phone number in any spelling.',
      }),
      channel: z.enum(channels).optional(),
      type: ConversationType.optional(),
      from: TimeWithOffset.optional().meta({
        description: 'Only those with a message at or after this time.',
      }),
      to: TimeWithOffset.optional().meta({
        description: 'Only those whose newest message is from before this time.',
      }),
      created_from: TimeWithOffset.optional().meta({
        description: 'Only those that began at or after this time.',
      }),
      created_to: TimeWithOffset.optional().meta({
        description: 'Only those that began before this time.',
      }),
    })
    .refine((query) => inOrder(query.from, query.to), {
      path: ['to'],
      message: 'must be after from',
    })
    .refine((query) => inOrder(query.created_from, query.created_to), {
      path: ['created_to'],
      message: 'must be after created_from',
    });
}

function inOrder(from: Date | undefined, to: Date | undefined): boolean {
  return from === undefined || to === undefined || from < to;
}

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

export const MessagePreview = z
  .object({
    message_id: MessageId,
    direction: z.enum(['in', 'out']),
    message_type: z.string(),
    text: z.string().nullable().meta({ description: 'Its first 200 characters.' }),
    status: MessageStatusName.nullable(),
    position: Position,
    created_at: Timestamp,
  })
  .meta({ id: 'MessagePreview', description: 'The short form of a message.' });

const Participant = z
  .object({
    id: z.string().meta({
      description: "The router's own id of the person: `participant_id` of reactions names it.",
    }),
    sender_id: z.string().nullable().meta({
      description: "The platform's id: `sender_id` of what they write and react to.",
    }),
    role: z.enum(['AGENT', 'CUSTOMER']),
    username: z.string().nullable(),
    name: z.string().nullable(),
  })
  .meta({ id: 'Participant', description: 'Somebody who takes part in a conversation.' });

export const MessageReaction = z
  .object({
    emoji: z.string().nullable(),
    from: z.enum(['in', 'out']),
    sender_id: z.string().nullable().meta({
      description: "The platform's id of the customer, as in events; null for ours.",
    }),
    participant_id: z.string().optional().meta({
      description: 'Which of the `participants` of a group.',
    }),
  })
  .meta({ id: 'MessageReaction', description: 'A reaction to a message.' });

export const ConversationResponse = z
  .object({
    conversation_id: ConversationId,
    account_id: AccountId,
    channel: z.string(),
    type: ConversationType,
    title: z.string().nullable().meta({ description: 'Of a group.' }),
    recipient_id: z.string().meta({
      description: 'What to send as `recipient_id` to write to this conversation.',
    }),
    participants: z.array(Participant),
    message_count: z.int().meta({
      description:
        'How many messages its history has, of both sides; reactions and edits of ours too.',
    }),
    last_message: MessagePreview.nullable().meta({ description: 'The newest of its history.' }),
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
    sender_id: z
      .string()
      .nullable()
      .meta({
        description:
          "Of a customer's message, the platform's id of who wrote it, as in events; of ours, " +
          '`sender_id` of the request to send.',
      }),
    sender_username: z.string().nullable(),
    sender_name: z.string().nullable(),
    status: MessageStatusName.nullable().meta({ description: 'null for what customers wrote.' }),
    platform_message_id: z.string().nullable(),
    reply_to: MessageId.nullable().meta({
      description: 'The message that it answers, reacts to or edits.',
    }),
    reactions: z.array(MessageReaction).meta({
      description: 'One of ours at most, and one of the customer; in a group, one of each member.',
    }),
    error: MessageError.nullable(),
    transitions: z.array(StatusTransition).meta({
      description: 'Every change of status, oldest first; none for what customers wrote.',
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
    {
      id: 'de91a6c1-5b1e-4c63-9a0e-3c1f0c6a7d42',
      sender_id: '1254477777777777',
      role: 'CUSTOMER',
      username: 'ana.lima',
      name: 'Ana Lima',
    },
  ],
  message_count: 12,
  last_message: {
    message_id: '8c5d1a2b-3e4f-4a6b-9c7d-8e9f0a1b2c3d',
    direction: 'in',
    message_type: 'text',
    text: 'Where is my order?',
    status: null,
    position: 12,
    created_at: '2026-11-21T09:29:10.482Z',
  },
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
  sender_id: '1254477777777777',
  sender_username: 'ana.lima',
  sender_name: 'Ana Lima',
  status: null,
  platform_message_id: 'aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE',
  reply_to: null,
  reactions: [{ emoji: '❤️', from: 'out', sender_id: null }],
  error: null,
  transitions: [],
  edited_at: null,
  deleted_at: null,
  platform_timestamp: '2026-11-21T09:29:10.000Z',
  created_at: '2026-11-21T09:29:10.482Z',
  wait_reason: null,
  next_attempt_at: null,
};
