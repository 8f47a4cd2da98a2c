import { z } from 'zod';
import { AccountId, ConversationId } from './common-schemas.ts';
import { ContentSchema } from './content-schemas.ts';
import { CanSend } from './conversation-schemas.ts';
import { DESTINATION, saysWhere, WHERE, WHERE_RULE } from './unified-send.ts';

export const CheckRequest = z
  .strictObject({ ...DESTINATION, content: ContentSchema.optional() })
  .refine(saysWhere, { message: WHERE })
  .meta({
    id: 'CheckMessageRequest',
    description: 'Where a message would go, and what it holds.',
    ...WHERE_RULE,
  });

export const CheckResponse = z
  .object({
    can_send: z.boolean().meta({ description: 'Whether nothing speaks against it.' }),
    problems: z.array(
      z.object({
        code: z.string().meta({
          description:
            'For programs: `account_disabled`, `account_paused`, `account_throttled`, ' +
            '`conversation_held`, `recipient_unreachable`, `template_required`, `window_closed`, or what the channel ' +
            'has against the content, such as `content_unsupported`, `media_too_large`, ' +
            '`media_type_unsupported`.',
        }),
        detail: z.string(),
        pointer: z.string().nullable().meta({ description: 'The member at fault, where one is.' }),
      }),
    ),
    account_id: AccountId,
    channel: z.string(),
    conversation_id: ConversationId.nullable().meta({ description: 'null before first contact.' }),
    window: CanSend,
    template_needed: z.boolean(),
    content: z
      .object({
        parts: z.int().meta({ description: 'Calls to the platform that it takes.' }),
        conversions: z.array(z.string()).meta({ description: 'What becomes of it, in words.' }),
      })
      .nullable(),
    queue: z.object({
      waiting: z.int().meta({ description: 'Messages of the conversation ahead of it.' }),
      delay_seconds: z.int().nullable().meta({
        description: 'Until the first of them is tried next; null where that waits for somebody.',
      }),
      reason: z.string().nullable().meta({
        description: 'What the first of them waits for, as `wait_reason` of its status.',
      }),
    }),
  })
  .meta({ id: 'CheckMessageResponse', description: 'How a message would fare now.' });

export const checkExample: z.input<typeof CheckRequest> = {
  account_id: 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b',
  recipient: '1254477777777777',
  content: {
    type: 'image',
    url: 'https://shop.example.com/summer.png',
    caption: 'New in the shop',
    mime_type: 'image/png',
    size_bytes: 182_044,
  },
};

export const checkedExample: z.output<typeof CheckResponse> = {
  can_send: true,
  problems: [],
  account_id: 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b',
  channel: 'instagram',
  conversation_id: 'conv_0d9b7c6a5e4f4a3b9c8d7e6f5a4b3c2d',
  window: { window: 'open', until: '2026-11-22T09:29:10.000Z' },
  template_needed: false,
  content: { parts: 2, conversions: ['the caption is sent as a text of its own'] },
  queue: { waiting: 0, delay_seconds: 0, reason: null },
};
