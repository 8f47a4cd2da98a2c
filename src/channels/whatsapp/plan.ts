import type { MediaContent, MediaType, OutgoingContent } from '../../domain/outgoing-content.ts';
import type { SendPlan } from '../channel.ts';
import { splitText } from '../text-parts.ts';

/** What WhatsApp takes in one message, in UTF-16 units. */
export type Limits = { textUnits: number; captionUnits: number };

type Plan = Exclude<SendPlan, { refused: unknown }>;

const MB = 1024 * 1024;

/** "Supported media types" of Meta's page on media; sizes in bytes. */
const MEDIA: Record<MediaType, { maxBytes: number; types: string[] }> = {
  image: { maxBytes: 5 * MB, types: ['image/jpeg', 'image/png'] },
  video: { maxBytes: 16 * MB, types: ['video/mp4', 'video/3gpp'] },
  audio: {
    maxBytes: 16 * MB,
    types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'],
  },
  document: {
    maxBytes: 100 * MB,
    types: [
      'text/plain',
      'application/pdf',
      'application/msword',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.ms-excel',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
  },
};

/** The calls that a content takes, each within WhatsApp's limits, or why it takes none of it. */
export function planSend(content: OutgoingContent, limits: Limits): SendPlan {
  switch (content.type) {
    case 'text':
      return planText(content.text, limits);
    case 'edit':
      return refuse('/content/type', 'content_unsupported', 'WhatsApp cannot change a message');
    case 'template':
      return isPrintable(content.components)
        ? { parts: [content], conversions: [] }
        : refuse('/content/components', 'content_unsupported', 'the components nest too deep');
    case 'reaction':
      return { parts: [content], conversions: [] };
    default:
      return planMedia(content, limits);
  }
}

function planText(text: string, { textUnits }: Limits): Plan {
  const parts = splitText(text, textUnits, (part) => part.length);
  const cut = `the text is sent in ${parts.length} parts of at most ${textUnits} characters`;
  return {
    parts: parts.map((part) => ({ type: 'text', text: part })),
    conversions: parts.length > 1 ? [cut] : [],
  };
}

function planMedia(content: MediaContent, limits: Limits): SendPlan {
  const { type, sizeBytes, caption } = content;
  const { maxBytes, types } = MEDIA[type];
  const mimeType = plainType(content.mimeType);
  if (mimeType !== null && !types.includes(mimeType))
    return refuse(
      '/content/mime_type',
      'media_type_unsupported',
      `WhatsApp takes ${types.join(', ')} as ${type}`,
    );
  if (sizeBytes !== null && sizeBytes > maxBytes)
    return refuse(
      '/content/size_bytes',
      'media_too_large',
      `WhatsApp takes at most ${maxBytes} bytes as ${type}`,
    );
  if (!caption || (type !== 'audio' && caption.length <= limits.captionUnits))
    return { parts: [content], conversions: [] };
  const text = planText(caption, limits);
  return {
    parts: [{ ...content, caption: null }, ...text.parts],
    conversions: ['the caption is sent as a text of its own', ...text.conversions],
  };
}

/** `audio/ogg; codecs=opus` is `audio/ogg`, and many write `image/jpg`. */
function plainType(mimeType: string | null): string | null {
  if (mimeType === null) return null;
  const plain = mimeType.split(';', 1).join('').trim().toLowerCase();
  return plain === 'image/jpg' ? 'image/jpeg' : plain;
}

/** Nested too deep it could not be written into a request, and would wait for ever. */
function isPrintable(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

function refuse(pointer: string, code: string, detail: string): SendPlan {
  return { refused: { pointer, code, detail } };
}
