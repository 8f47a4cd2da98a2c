import type { Json } from './content.ts';
import type * as body from './control-bodies.ts';
import { errorOf } from './envelope.ts';
import { MESSAGE_SAMPLES, type Sample, wordsOf } from './message-samples.ts';
import type { Group } from './state.ts';

/** What somebody writes: the members of a webhook's message, and what the phone shows of it. */
export type Written = {
  type: string;
  /** The member named by `type`; media need none, it is made from `file`. */
  content?: unknown;
  text?: string | null | undefined;
  file?:
    { mimeType: string; bytes?: Buffer | undefined; filename?: string | undefined } | undefined;
  /** Members beside the content: `referral`, `errors`, … */
  extra?: Json | undefined;
  /** The name of the sample that it is. */
  sample?: string | undefined;
  replyTo?: string | undefined;
  forwarded?: 'once' | 'often' | undefined;
  /** Another app holds the thread: told under the field of that name. */
  standby?: boolean | undefined;
  group?: Group | undefined;
  /** Milliseconds since 1970; now if left out. */
  timestamp?: number | undefined;
};

const UNSUPPORTED = {
  code: 131051,
  title: 'Message type unknown',
  details: 'Message type is currently not supported.',
};
const SAMPLE_TYPES: Record<string, string> = {
  image: 'image/png',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/pdf',
  sticker: 'image/webp',
};

type Given = Omit<body.MessageBody, 'account' | 'name' | 'username' | 'user_id' | 'group'>;

/** The one kind that the body names, as the webhook's member. */
export function writtenFrom(given: Given): Written {
  const { reply_to: replyTo, forwarded, referral, timestamp, standby, members } = given;
  const { extra, ...kind } = kindOf(given);
  const beside = { ...(referral && { referral }), ...extra, ...members };
  return { replyTo, forwarded, timestamp, standby, ...kind, extra: beside };
}

/** A sample by its name, for what the page's phone sends. */
export function sampled(name: string): Written {
  const sample: Sample = structuredClone(MESSAGE_SAMPLES[name] ?? { type: 'unsupported' });
  const { type, [type]: content, ...extra } = sample;
  return { type, content, text: wordsOf(sample), extra, sample: name };
}

function kindOf(given: Given): Written {
  const { text, media, unsupported, contacts, button, sample } = given;
  if (sample !== undefined) return sampled(sample);
  if (text !== undefined) return { type: 'text', content: { body: text }, text };
  if (media) return writtenMedia(media);
  if (unsupported) return writtenUnsupported(unsupported);
  if (contacts) return { type: 'contacts', content: contacts, text: '👤 a contact' };
  if (button) return { type: 'button', content: button, text: button.text };
  const [type = 'system'] = (['location', 'order', 'interactive', 'system'] as const).filter(
    (kind) => given[kind],
  );
  return { type, content: given[type], text: WORDS[type] };
}

const WORDS = {
  location: '📍 a place',
  order: '🛒 an order',
  interactive: 'a choice',
  system: null,
};

function writtenUnsupported(given: NonNullable<Given['unsupported']>): Written {
  const { type, code, title, details } = given;
  const known = code === undefined || code === UNSUPPORTED.code ? UNSUPPORTED : null;
  const error = errorOf({
    code: code ?? UNSUPPORTED.code,
    title: title ?? known?.title ?? 'Something went wrong',
    details: details ?? known?.details ?? 'No details',
  });
  const content = type === undefined ? {} : { type };
  return { type: 'unsupported', content, extra: { errors: [error] } };
}

/** A file with its caption; without bytes a sample is made. */
export function writtenMedia(media: NonNullable<Given['media']>): Written {
  const { type, caption, voice, animated, filename, base64 } = media;
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64');
  const mimeType = media.mime_type ?? SAMPLE_TYPES[type] ?? 'application/octet-stream';
  const sticker = type === 'sticker' ? { animated: animated ?? false } : {};
  return {
    type,
    text: caption,
    file: { mimeType, bytes, filename },
    content: {
      ...(caption !== undefined && { caption }),
      ...(voice !== undefined && { voice }),
      ...sticker,
    },
  };
}
