import type { Told } from '../left-over.ts';

const each = (parent: string, names: string) => names.split(' ').map((name) => `${parent}.${name}`);

/** Kinds of attachment that another word of ours stands for. */
export const KINDS_TOLD = ['file', 'story_mention', 'ig_story'];

/** What of a message or postback stands elsewhere; everything else is passed on as it came. */
export const TOLD: Told = {
  always: [...['mid', 'is_echo', 'is_deleted', 'is_unsupported', 'is_self'], 'reply_to.mid'],
  ifHeld: [
    ...['text', 'title', 'payload', 'quick_reply.payload'],
    'attachments.*.type',
    ...each('attachments.*.payload', 'url title story_media_url story_media_id id'),
    ...each('attachments.*.payload.product.elements.*', 'id retailer_id title image_url'),
    ...each('reply_to.story', 'id url'),
    ...each('referral', 'source ref ad_id source_url referer_uri product.id'),
    ...each('referral.ads_context_data', 'ad_title photo_url video_url post_id product_id'),
  ],
};
