import type { MediaContent, OutgoingContent } from '../../domain/outgoing-content.ts';
import type { SendPlan } from '../channel.ts';
import { splitText } from '../text-parts.ts';
import { formatOf, mediaMethod } from './media-kind.ts';
import { losesSkinTone, reactionEmoji } from './reactions.ts';

/** UTF-16 units of one message, and of the caption of a file. */
const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;

const MB = 1024 * 1024;
/** Bytes of a file that Telegram fetches from an address. */
const PHOTO_LIMIT = 5 * MB;
const FILE_LIMIT = 20 * MB;
const FETCHED_DOCUMENTS = new Set(['pdf', 'zip', 'gif']);

/**
 * Texts and captions count in UTF-16 units, as positions in them do in the Bot API; it has also been
 * said that Telegram counts characters, of which there are never more.
 */
const utf16Units = (text: string) => text.length;

/** What a content takes, call by call. Limits are those of the pages on the `send…` methods. */
export function planSend(content: OutgoingContent): SendPlan {
  switch (content.type) {
    case 'text':
      return { parts: textParts(content.text), conversions: [] };
    case 'edit':
      return planEdit(content);
    case 'reaction':
      return planReaction(content);
    case 'template':
      return refuse('/content/type', 'content_unsupported', 'Telegram has no templates.');
    default:
      return planMedia(content);
  }
}

function planEdit(content: Extract<OutgoingContent, { type: 'edit' }>): SendPlan {
  const [what, limit] = content.caption
    ? ['An edit of a caption', CAPTION_LIMIT]
    : ['An edit', TEXT_LIMIT];
  if (utf16Units(content.text) > limit)
    return refuse(
      '/content/text',
      'content_unsupported',
      `${what} takes at most ${limit} characters, because it cannot be split.`,
    );
  return { parts: [content], conversions: [] };
}

function planReaction(content: { type: 'reaction'; emoji: string | null }): SendPlan {
  const { emoji } = content;
  if (emoji === null) return { parts: [content], conversions: [] };
  if (reactionEmoji(emoji) === null)
    return refuse(
      '/content/emoji',
      'content_unsupported',
      'It is not among the reactions that Telegram lets bots give, such as 👍 ❤ 🔥 🎉 🙏.',
    );
  const conversions = losesSkinTone(emoji) ? ['the reaction is sent without its skin tone'] : [];
  return { parts: [content], conversions };
}

function planMedia(content: MediaContent): SendPlan {
  const refused = typeRefusal(content) ?? sizeRefusal(content);
  if (refused) return refused;
  if (isUnfetchable(content)) return planLink(content);
  const caption = content.caption;
  if (caption === null || utf16Units(caption) <= CAPTION_LIMIT)
    return { parts: [content], conversions: [] };
  return {
    parts: [{ ...content, caption: null }, ...textParts(caption)],
    conversions: [
      `the caption has more than ${CAPTION_LIMIT} characters and is sent as a text of its own`,
    ],
  };
}

const TYPES: Partial<Record<MediaContent['type'], RegExp>> = {
  image: /^image\//,
  video: /^video\//,
  // Ogg and MP4 are containers, and are named by either.
  audio: /^(audio\/|(application|video)\/ogg$|video\/mp4$)/,
};

/** Telegram calls it "wrong type of the web page content". */
function typeRefusal({ type, mimeType }: MediaContent): SendPlan | null {
  const told = mimeType?.split(';')[0]?.trim().toLowerCase();
  if (!told || told === 'application/octet-stream') return null;
  if (TYPES[type]?.test(told) ?? true) return null;
  const detail = `Telegram takes nothing of this kind as ${type}; it may go as a document.`;
  return refuse('/content/mime_type', 'media_type_unsupported', detail);
}

/** Files that Telegram has already have no limit. */
function sizeRefusal(content: MediaContent): SendPlan | null {
  if (content.mediaId !== null || content.sizeBytes === null) return null;
  const limit = mediaMethod(content).method === 'sendPhoto' ? PHOTO_LIMIT : FILE_LIMIT;
  if (content.sizeBytes <= limit) return null;
  return refuse(
    '/content/url',
    'media_too_large',
    `Telegram fetches at most ${limit / MB} MB from an address for this type.`,
  );
}

/** Known beforehand; where nothing tells the format, Telegram has the word. */
function isUnfetchable(content: MediaContent): boolean {
  if (content.type !== 'document' || content.mediaId !== null) return false;
  const format = formatOf(content);
  return format !== null && !FETCHED_DOCUMENTS.has(format);
}

function planLink({ url, caption, fileName }: MediaContent): SendPlan {
  const lines = [caption ?? fileName, url].filter((line) => line !== null && line !== '');
  return {
    parts: textParts(lines.join('\n')),
    conversions: ['Telegram fetches only PDF, ZIP and GIF documents; a link is sent instead'],
  };
}

function textParts(text: string): OutgoingContent[] {
  return splitText(text, TEXT_LIMIT, utf16Units).map((part) => ({ type: 'text', text: part }));
}

function refuse(pointer: string, code: string, detail: string): SendPlan {
  return { refused: { pointer, code, detail } };
}
