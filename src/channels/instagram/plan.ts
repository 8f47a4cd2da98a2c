import type { MediaContent, OutgoingContent } from '../../domain/outgoing-content.ts';
import type { SendPlan } from '../channel.ts';
import { splitText, utf8Bytes } from '../text-parts.ts';

/** Instagram takes this many bytes of UTF-8 in one message. */
const TEXT_LIMIT_BYTES = 1000;
const MB = 1024 * 1024;

/** Kinds and sizes as in the table of Meta's "Send messages" for Instagram login. */
const MEDIA = {
  image: { types: ['image/png', 'image/jpeg', 'image/gif'], maxBytes: 8 * MB },
  audio: {
    types: ['audio/aac', 'audio/mp4', 'audio/x-m4a', 'audio/m4a', 'audio/wav', 'audio/x-wav'],
    maxBytes: 25 * MB,
  },
  video: {
    types: ['video/mp4', 'video/ogg', 'video/x-msvideo', 'video/quicktime', 'video/webm'],
    maxBytes: 25 * MB,
  },
  document: { types: ['application/pdf'], maxBytes: 25 * MB },
} as const;

/** The calls that a content takes on Instagram, or why it takes none of it. */
export function planSend(content: OutgoingContent): SendPlan {
  switch (content.type) {
    case 'text':
      return planText(content.text);
    case 'reaction':
      return { parts: [content], conversions: [] };
    case 'template':
    case 'edit':
      return refuse('/content/type', 'content_unsupported', `Instagram takes no ${content.type}`);
    default:
      return planMedia(content);
  }
}

function planText(text: string): SendPlan {
  const parts = splitText(text, TEXT_LIMIT_BYTES, utf8Bytes);
  const cut = `the text is sent in ${parts.length} parts of at most ${TEXT_LIMIT_BYTES} bytes`;
  return {
    parts: parts.map((part) => ({ type: 'text', text: part })),
    conversions: parts.length > 1 ? [cut] : [],
  };
}

/** Instagram shows no caption: the words follow as a text of their own. */
function planMedia(content: MediaContent): SendPlan {
  const rule = MEDIA[content.type];
  const types: readonly string[] = rule.types;
  if (content.mimeType !== null && !types.includes(plainType(content.mimeType)))
    return refuse(
      '/content/mime_type',
      'media_type_unsupported',
      `Instagram takes ${types.join(', ')} as ${content.type}`,
    );
  if (content.sizeBytes !== null && content.sizeBytes > rule.maxBytes)
    return refuse(
      '/content/size_bytes',
      'media_too_large',
      `Instagram takes at most ${rule.maxBytes} bytes as ${content.type}`,
    );
  const media = { ...content, caption: null };
  if (content.caption === null) return { parts: [media], conversions: [] };
  const text = planText(content.caption);
  if ('refused' in text) return text;
  return {
    parts: [media, ...text.parts],
    conversions: ['the caption is sent as a text of its own', ...text.conversions],
  };
}

/** Without parameters, and with the name for JPEG that many write put right. */
function plainType(mimeType: string): string {
  const plain = mimeType.split(';', 1).join('').trim().toLowerCase();
  return plain === 'image/jpg' ? 'image/jpeg' : plain;
}

function refuse(pointer: string, code: string, detail: string): SendPlan {
  return { refused: { pointer, code, detail } };
}
