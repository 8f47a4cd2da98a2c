import type { Attachment } from './message.ts';
import { MEDIA_TYPES, type OutgoingContent } from './outgoing-content.ts';

/** What a message of ours holds, with the members of the `content` of a request to send one. */
export type AskedContent =
  | { type: 'text'; text: string }
  | {
      type: (typeof MEDIA_TYPES)[number];
      url?: string;
      media_id?: string;
      caption?: string;
      file_name?: string;
      mime_type?: string;
      size_bytes?: number;
    }
  | { type: 'template'; name: string; language: string; components: unknown[] }
  | { type: 'reaction'; message_id: string; emoji: string | null }
  | { type: 'edit'; message_id: string; text: string };

/** A message that went out, as its row has it. */
export type AskedMessage = {
  type: string;
  text: string | null;
  attachments: Attachment[];
  /** Our message that it reacts to or edits. */
  refersToId: string | null;
  /** What its first call to the platform sends, where that is no plain text. */
  firstPart: OutgoingContent | null;
};

/** Null where nobody asked for it in these words, or it is not kept any more. */
export function askedContent(message: AskedMessage): AskedContent | null {
  const { type, text, refersToId, firstPart } = message;
  switch (type) {
    case 'text':
      return text === null ? null : { type, text };
    case 'template':
      if (firstPart?.type !== 'template') return null;
      return pick(firstPart, ['type', 'name', 'language', 'components']);
    case 'reaction':
      return refersToId === null ? null : { type, message_id: refersToId, emoji: text };
    case 'edit':
      return refersToId === null || text === null ? null : { type, message_id: refersToId, text };
    default:
      return askedMedia(message);
  }
}

function askedMedia({ type, text, attachments }: AskedMessage): AskedContent | null {
  const media = MEDIA_TYPES.find((each) => each === type);
  const [file] = attachments;
  if (!media || (file?.url === undefined && file?.media_id === undefined)) return null;
  return {
    ...pick(file, ['url', 'media_id', 'file_name', 'mime_type', 'size_bytes']),
    type: media,
    ...(text === null ? {} : { caption: text }),
  };
}

/** Those of the members that have a value. */
function pick<T extends object, K extends keyof T>(from: T, names: K[]) {
  const found = names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]);
  return Object.fromEntries(found) as { [N in K]: Exclude<T[N], undefined> };
}
