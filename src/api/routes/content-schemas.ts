import { z } from 'zod';
import {
  MEDIA_TYPES,
  type MediaType,
  type OutgoingContent,
} from '../../domain/outgoing-content.ts';
import { eitherOr } from '../member-rules.ts';
import { MessageId } from './common-schemas.ts';
import { MessageText } from './message-schemas.ts';

/** What a message may hold, for the operations that send and check one. */

/** With its parameters: `audio/ogg; codecs=opus`. */
export const MIME_TYPE = /^[\w.+-]+\/[\w.+-]+( ?; ?[\w.+-]+=[\w.+-]+)*$/;

const MediaContent = z
  .strictObject({
    type: z.enum(MEDIA_TYPES),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .max(2048, 'must have at most 2048 characters')
      .optional()
      .meta({
        description: 'Where the platform fetches the file; it must be open to everybody.',
        pattern: '^https?://',
        examples: ['https://shop.example.com/invoice.pdf'],
      }),
    media_id: z
      .string()
      .regex(/^[\x21-\x7e]{1,512}$/, 'must have 1 to 512 printable characters without spaces')
      .optional()
      .meta({ description: "The platform's own handle of a file that it has already." }),
    caption: MessageText.optional().meta({
      description: 'Shown with the file. Where the platform shows none, it follows as a text.',
    }),
    file_name: z.string().min(1).max(255).optional(),
    mime_type: z
      .string()
      .regex(MIME_TYPE, 'must be a type such as image/png')
      .max(127)
      .optional()
      .meta({ description: 'Checked against what the platform takes, before anything is sent.' }),
    size_bytes: z.int().min(1).optional().meta({ description: 'The same.' }),
  })
  .refine(({ url, media_id }) => (url === undefined) !== (media_id === undefined), {
    message: 'needs either a url or a media_id',
  })
  .meta({
    id: 'MediaContent',
    description: 'A file: by its `url`, or by a `media_id`; not both.',
    ...eitherOr('url', ['media_id']),
  });

const Emoji = z
  .string()
  .max(64)
  .refine(isOneEmoji, 'must be one emoji')
  .nullable()
  .meta({ description: 'One emoji; null takes an earlier reaction back.', minLength: 1 });

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Also a heart without the selector for its coloured form: platforms hand it out like that. */
function isOneEmoji(text: string): boolean {
  const [first, second] = graphemes.segment(text);
  if (first === undefined || second !== undefined) return false;
  return /^(\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3)/u.test(text);
}

const Target = MessageId.meta({
  description: 'A message of the same conversation, of either side.',
});

const TextContent = z
  .strictObject({ type: z.literal('text'), text: MessageText })
  .meta({ id: 'TextContent', description: 'A plain text.' });

const TemplateComponent = z.record(z.string(), z.unknown()).meta({
  id: 'TemplateComponent',
  description: "Values for one part of a template, in the platform's own form.",
});

const TemplateContent = z
  .strictObject({
    type: z.literal('template'),
    name: z.string().regex(/^\S{1,512}$/, 'must be the name of an approved template'),
    language: z.string().regex(/^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$/, 'must be like en_US'),
    components: z.array(TemplateComponent).max(20).optional().meta({
      description: 'Values for the placeholders; left out where the template has none.',
    }),
  })
  .meta({ id: 'TemplateContent', description: 'A message that the platform has approved.' });

const ReactionContent = z
  .strictObject({ type: z.literal('reaction'), message_id: Target, emoji: Emoji })
  .meta({
    id: 'ReactionContent',
    description: 'Our reaction to a message, in place of any before.',
  });

const EditContent = z
  .strictObject({ type: z.literal('edit'), message_id: Target, text: MessageText })
  .meta({ id: 'EditContent', description: 'A new text for a message of ours.' });

export const ContentSchema = z
  .discriminatedUnion('type', [
    TextContent,
    MediaContent,
    TemplateContent,
    ReactionContent,
    EditContent,
  ])
  .meta({
    id: 'MessageContent',
    description:
      'What is sent. `reaction` and `edit` act upon an earlier message of the conversation. Which ' +
      'kinds a channel takes, and with which limits, `POST /api/v1/messages/check` tells.',
  });

export type ContentRequest = z.output<typeof ContentSchema>;

/** The content in the router's words, and the message that it acts upon. */
export function readContent(given: ContentRequest): {
  content: OutgoingContent;
  targetId: string | undefined;
} {
  switch (given.type) {
    case 'text':
      return { content: given, targetId: undefined };
    case 'template':
      return { content: { ...given, components: given.components ?? [] }, targetId: undefined };
    case 'reaction':
      return { content: { type: 'reaction', emoji: given.emoji }, targetId: given.message_id };
    case 'edit':
      return { content: { type: 'edit', text: given.text }, targetId: given.message_id };
    default:
      return { content: readMedia(given), targetId: undefined };
  }
}

function readMedia(given: Extract<ContentRequest, { type: MediaType }>): OutgoingContent {
  return {
    type: given.type,
    url: given.url ?? null,
    mediaId: given.media_id ?? null,
    caption: given.caption ?? null,
    fileName: given.file_name ?? null,
    mimeType: given.mime_type ?? null,
    sizeBytes: given.size_bytes ?? null,
  };
}
