import { z } from 'zod';
import { flag, idOf, isObject, text, url, words } from '../meta-json.ts';

/** What a messaging item of Instagram says: messages, postbacks and where somebody came from. */

/** A platform id of a person or account. */
export const UserId = idOf(128);
/** A platform id of a message (`mid`, `message_id`). */
export const MessageId = idOf(512);

/** `message` and `postback` have one, and so has an item of its own. */
export const ReferralIn = z.object({
  source: words,
  ref: words,
  ad_id: words,
  source_url: url,
  referer_uri: url,
  product: z.object({ id: words }).nullish().catch(null),
  ads_context_data: z
    .object({ ad_title: words, photo_url: url, video_url: url, post_id: words, product_id: words })
    .nullish()
    .catch(null),
});
export type ReferralIn = z.output<typeof ReferralIn>;
const maybeReferral = ReferralIn.nullish().catch(null);

const ProductIn = z.object({ id: words, retailer_id: words, title: words, image_url: url });
export type ProductIn = z.output<typeof ProductIn>;

const Payload = z.object({
  url,
  title: words,
  id: words,
  product: z
    .object({
      elements: z
        .array(ProductIn.nullable().catch(null))
        .transform((list) => list.filter((each) => each !== null)),
    })
    .nullish()
    .catch(null),
});

/** Instagram calls the address, the id and the title of what is shared by several names. */
function named(payload: unknown): unknown {
  if (!isObject(payload)) return payload;
  const addresses = Object.keys(payload).filter((name) => /url$|^(perma)?link$/i.test(name));
  const address = ['url', 'story_media_url', ...addresses]
    .map((name) => payload[name])
    .find((value) => url.parse(value));
  return { ...payload, url: address, id: payload['story_media_id'] ?? payload['id'] };
}

export const AttachmentIn = z.object({
  type: text,
  payload: z.preprocess(named, Payload).nullish().catch(null),
});
export type AttachmentIn = z.output<typeof AttachmentIn>;

export const Message = z.object({
  mid: MessageId,
  // One odd member must not lose the message, and of attachments each is read on its own.
  text: text.nullish().catch(null),
  attachments: z
    .array(AttachmentIn.nullable().catch(null))
    .transform((list) => list.filter((item) => item !== null))
    .nullish()
    .catch(null),
  reply_to: z
    .object({
      mid: MessageId.nullish().catch(null),
      story: z.object({ id: words, url }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  quick_reply: z
    .object({ payload: text.nullish().catch(null) })
    .nullish()
    .catch(null),
  referral: maybeReferral,
  // Not lenient: an echo read as a customer's message would make an answering bot talk to itself.
  is_echo: flag.nullish(),
  is_deleted: flag.nullish(),
  is_self: flag.nullish().catch(null),
  is_unsupported: flag.nullish().catch(null),
});
export type MessageIn = z.output<typeof Message>;

export const Postback = z.object({
  mid: MessageId.nullish().catch(null),
  title: text.nullish().catch(null),
  payload: text.nullish().catch(null),
  referral: maybeReferral,
});
export type PostbackIn = z.output<typeof Postback>;
