import type { Attachment, MessageContent } from '../../domain/message.ts';
import { detailsOf, productsOf } from './details.ts';
import type { Carrier } from './details.ts';
import type { AttachmentIn, MessageIn, PostbackIn, ReferralIn } from './message-schema.ts';

/** The router's words for Instagram's kinds of attachment. */
const TYPES: Record<string, Attachment['type'] | undefined> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'document',
  share: 'share',
  story_mention: 'share',
  ig_story: 'share',
  ig_reel: 'share',
  reel: 'share',
  ig_post: 'share',
  post: 'share',
};

/** What tells shares apart that look alike, where Instagram gives them no title. */
const TITLES: Record<string, string | undefined> = {
  story_mention: 'story mention',
  ig_story: 'story',
};

/**
 * What a message says. A quick reply is a text: the button's title. `raw` is the message as it came:
 * what has no place goes into `details.platform_data`.
 */
export function contentOf(message: MessageIn, raw: unknown): MessageContent {
  const attachments = once((message.attachments ?? []).flatMap(toAttachments));
  const story = message.reply_to?.story;
  const text = message.text ?? null;
  const media = attachments.map((item) => item.type).find((type) => type !== 'other');
  const type: MessageContent['type'] = message.is_unsupported
    ? 'unsupported'
    : (media ?? (text === null ? 'unsupported' : 'text'));
  // The story that is answered goes last, so that it never decides the message's type.
  if (story)
    attachments.push({ type: 'share', title: 'story', ...(story.url ? { url: story.url } : {}) });
  const payload = message.quick_reply?.payload;
  const content = { type, text, attachments, ...(payload ? { payload } : {}) };
  return withDetails(content, message, raw);
}

/** A button was pressed: its title, and what it stands for. */
export function pressed(postback: PostbackIn, raw: unknown): MessageContent {
  const text = postback.title ?? postback.payload ?? null;
  const payload = postback.payload ?? null;
  return withDetails({ type: 'postback', text, attachments: [], payload }, postback, raw);
}

/** They came by an ad or a link and have not written. */
export function referred(referral: ReferralIn, raw: unknown): MessageContent {
  const given = { referral };
  return withDetails({ type: 'referral', text: null, attachments: [] }, given, { referral: raw });
}

function withDetails(content: MessageContent, given: Carrier, raw: unknown): MessageContent {
  const details = detailsOf(content, given, raw);
  return Object.keys(details).length === 0 ? content : { ...content, details };
}

/** A template of products is one for each. */
function toAttachments(attachment: AttachmentIn): Attachment[] {
  const products = productsOf(attachment);
  if (products.length > 0)
    return products.map(({ title, image_url: url }) => ({ type: 'share', ...present(url, title) }));
  // Own members only: `constructor` is a type that somebody could send.
  const type = Object.hasOwn(TYPES, attachment.type)
    ? (TYPES[attachment.type] ?? 'other')
    : 'other';
  // Without a link the kind (`ephemeral`: a photo to view once) is all that can be shown.
  const title =
    attachment.payload?.title ??
    (type === 'other' ? attachment.type.slice(0, 64).toWellFormed() : TITLES[attachment.type]);
  return [{ type, ...present(attachment.payload?.url, title) }];
}

function present(url: string | null | undefined, title: string | null | undefined) {
  return { ...(url ? { url } : {}), ...(title ? { title } : {}) };
}

/** Instagram sends a shared post twice, as `share` and as `ig_post`: one of them has the title. */
function once(attachments: Attachment[]): Attachment[] {
  return attachments.reduce<Attachment[]>((kept, next) => {
    const same = kept.find(({ type, url }) => type === 'share' && url && url === next.url);
    if (!same || next.type !== 'share') return [...kept, next];
    if (same.title === undefined && next.title !== undefined) same.title = next.title;
    return kept;
  }, []);
}
