import type { MessageContent } from '../../domain/message.ts';
import type { MessageDetails, Product, Referral, Story } from '../../domain/message-details.ts';
import { toPlatformData } from '../../domain/platform-data.ts';
import { leftOver } from '../left-over.ts';
import { isObject } from '../meta-json.ts';
import type { AttachmentIn, MessageIn, ProductIn, ReferralIn } from './message-schema.ts';
import { KINDS_TOLD, TOLD } from './told.ts';

/** What of a message, a postback or an item of its own may carry something. */
export type Carrier = Partial<
  Pick<MessageIn, 'attachments' | 'reply_to' | 'quick_reply' | 'referral'>
>;

/**
 * What a message or postback carries beside its text and its files; `raw` is the object as it came.
 * Members without anything are absent.
 */
export function detailsOf(content: MessageContent, given: Carrier, raw: unknown): MessageDetails {
  const details: MessageDetails = {
    referral: given.referral ? referralOf(given.referral) : undefined,
    product: (given.attachments ?? []).flatMap(productsOf).map(productOf)[0],
    answer: answerOf(content, given),
    story: storyOf(given),
    unsupported: content.type === 'unsupported' ? reasonOf(content) : undefined,
  };
  const told = { content, details, kinds: KINDS_TOLD };
  const left = isObject(raw) ? leftOver(raw, TOLD, told) : {};
  const all = { ...details, platform_data: toPlatformData(left) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Where somebody came from, in the words of all channels. */
const SOURCES: Record<string, string | undefined> = {
  ads: 'ad',
  ad: 'ad',
  post: 'post',
  shortlink: 'link',
  'igme-source-link': 'link',
  shops: 'product',
};

function referralOf(given: ReferralIn): Referral {
  const { ads_context_data: ad, product } = given;
  const word = given.source?.toLowerCase() ?? null;
  const productId = product?.id ?? ad?.product_id ?? null;
  const known = word !== null && Object.hasOwn(SOURCES, word) ? SOURCES[word] : word;
  return {
    source: known ?? (given.ad_id ? 'ad' : productId && 'product'),
    source_id: given.ad_id ?? ad?.post_id ?? productId,
    ref: given.ref,
    click_id: null,
    headline: ad?.ad_title ?? null,
    body: null,
    url: given.source_url ?? given.referer_uri ?? null,
    media_url: ad?.photo_url ?? ad?.video_url ?? null,
    product: productId ? { catalog_id: null, product_id: productId, title: null, url: null } : null,
  };
}

/** The products of a template that a customer passes on. */
export function productsOf({ type, payload }: AttachmentIn): ProductIn[] {
  return (type === 'template' && payload?.product?.elements) || [];
}

function productOf({ retailer_id, id, title }: ProductIn): Product {
  return { catalog_id: null, product_id: retailer_id ?? id, title, url: null };
}

function answerOf({ text, payload }: MessageContent, given: Carrier): MessageDetails['answer'] {
  if (!payload) return undefined;
  const kind = given.quick_reply ? 'quick_reply' : 'button';
  return { kind, title: text, description: null, payload };
}

/** The story that is answered first: a mention or a share comes alone. */
function storyOf({ reply_to: reply, attachments }: Carrier): Story | undefined {
  if (reply?.story)
    return { kind: 'reply', id: reply.story.id ?? null, url: reply.story.url ?? null };
  const shown = attachments?.find(({ type }) => ['story_mention', 'ig_story'].includes(type));
  if (!shown) return undefined;
  const { id = null, url = null } = shown.payload ?? {};
  return { kind: shown.type === 'ig_story' ? 'share' : 'mention', id, url: url ?? null };
}

/** The name of its kind is all that Instagram tells. */
function reasonOf({ attachments }: MessageContent): MessageDetails['unsupported'] {
  const code = attachments.find(({ type }) => type === 'other')?.title;
  return code ? { code, reason: null } : undefined;
}
