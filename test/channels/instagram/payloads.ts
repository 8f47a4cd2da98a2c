import type { WebhookRequest } from '../../../src/channels/channel.ts';
import type { ChannelEvent } from '../../../src/channels/channel.ts';

/** Webhook bodies of Instagram as documented, as the tests of this folder build them. */

export const ACCOUNT = '17841400000000123';
export const CUSTOMER = '9123456789012345';
export const AT = 1_569_262_485_349;

type Json = Record<string, unknown>;

/** A messaging item from the customer to the account. */
export function item(more: Json): Json {
  return { sender: { id: CUSTOMER }, recipient: { id: ACCOUNT }, timestamp: AT, ...more };
}

/** A messaging item about what the account did: sender and recipient are swapped. */
export function ownItem(more: Json): Json {
  return { sender: { id: ACCOUNT }, recipient: { id: CUSTOMER }, timestamp: AT, ...more };
}

/** A webhook body with these items in one entry. */
export function bodyOf(...messaging: unknown[]): Json {
  return { object: 'instagram', entry: [{ id: ACCOUNT, time: 1_569_262_486_134, messaging }] };
}

/** A request as the API hands it over, with the bytes of this body. */
export function requestOf(body: unknown): WebhookRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return { headers: {}, body: bytes, account: null };
}

const media = (type: string, payload?: Json) => ({ type, ...(payload ? { payload } : {}) });
const link = 'https://cdn.example/a?sig=1';

/** Every documented kind of item. */
export const DOCUMENTED: Record<string, Json> = {
  text: item({ message: { mid: 'm-text', text: 'Olá 👋🏽' } }),
  image: item({ message: { mid: 'm-image', attachments: [media('image', { url: link })] } }),
  video: item({ message: { mid: 'm-video', attachments: [media('video', { url: link })] } }),
  audio: item({ message: { mid: 'm-audio', attachments: [media('audio', { url: link })] } }),
  file: item({ message: { mid: 'm-file', attachments: [media('file', { url: link })] } }),
  reel: item({
    message: { mid: 'm-reel', attachments: [media('ig_reel', { url: link, title: 'A reel' })] },
  }),
  storyMention: item({
    message: { mid: 'm-mention', attachments: [media('story_mention', { url: link })] },
  }),
  ephemeral: item({ message: { mid: 'm-once', attachments: [media('ephemeral')] } }),
  unsupported: item({ message: { mid: 'm-unsupported', is_unsupported: true } }),
  reply: item({ message: { mid: 'm-reply', text: 'yes', reply_to: { mid: 'm-before' } } }),
  storyReply: item({
    message: { mid: 'm-story', text: 'nice', reply_to: { story: { url: link, id: '17' } } },
  }),
  quickReply: item({ message: { mid: 'm-quick', text: 'Red', quick_reply: { payload: 'RED' } } }),
  referred: item({ message: { mid: 'm-ad', text: 'hi', referral: { ref: 'r', source: 'ADS' } } }),
  adMessage: item({
    message: {
      mid: 'm-ad-2',
      text: 'Is this still there?',
      referral: {
        ref: 'spring',
        ad_id: '120200000000002',
        source: 'ADS',
        type: 'OPEN_THREAD',
        product: { id: '4455' },
        ads_context_data: {
          ad_title: 'Spring sale',
          photo_url: 'https://cdn.example/ad.jpg',
          post_id: '77',
        },
      },
    },
  }),
  adPostback: item({
    postback: {
      mid: 'm-ad-3',
      title: 'Can I get the price?',
      payload: 'ASK_PRICE',
      referral: { ref: 'spring', ad_id: '120200000000001', source: 'ADS', type: 'OPEN_THREAD' },
    },
  }),
  sharedStory: item({
    message: {
      mid: 'm-ig-story',
      attachments: [
        media('ig_story', { story_media_id: '18', story_media_url: 'https://cdn.example/st' }),
      ],
    },
  }),
  sharedPost: item({
    message: {
      mid: 'm-ig-post',
      attachments: [
        media('share', { url: 'https://cdn.example/p3' }),
        media('ig_post', {
          ig_post_media_id: '18000000000000001',
          title: 'Our new cup',
          url: 'https://cdn.example/p3',
        }),
      ],
    },
  }),
  sharedProduct: item({
    message: {
      mid: 'm-product',
      attachments: [
        media('template', {
          product: {
            elements: [
              {
                id: '9001',
                retailer_id: 'SKU-9',
                image_url: 'https://cdn.example/9.jpg',
                title: 'Cup',
                subtitle: '12 EUR',
              },
              { id: '9002', image_url: 'https://cdn.example/11.jpg', title: 'Saucer' },
            ],
          },
        }),
      ],
    },
  }),
  unsend: item({ message: { mid: 'm-text', is_deleted: true } }),
  echo: ownItem({ message: { mid: 'm-echo', text: 'Hello', is_echo: true } }),
  self: ownItem({
    recipient: { id: ACCOUNT },
    message: { mid: 'm-self', text: 'note', is_echo: true, is_self: true },
  }),
  edit: item({ message_edit: { mid: 'm-text', text: 'Olá!', num_edit: 1 } }),
  newTold: item({ message_edit: { mid: 'm-new', num_edit: 0 } }),
  newAlone: { timestamp: AT, message_edit: { mid: 'm-alone', num_edit: 0 } },
  react: item({ reaction: { mid: 'm-echo', action: 'react', reaction: 'love', emoji: '❤️' } }),
  unreact: item({ reaction: { mid: 'm-echo', action: 'unreact' } }),
  postback: item({ postback: { mid: 'm-post', title: 'Start', payload: 'START' } }),
  seen: item({ read: { mid: 'm-echo' } }),
  watermark: item({ read: { watermark: AT } }),
  delivery: item({ delivery: { mids: ['m-echo', 'm-other'], watermark: AT } }),
  referral: item({ referral: { ref: 'r', source: 'SHORTLINK', type: 'OPEN_THREAD' } }),
};

/** The event of one kind, or a failed test. */
export function only<K extends ChannelEvent['kind']>(
  events: ChannelEvent[],
  kind: K,
): Extract<ChannelEvent, { kind: K }> {
  const [event] = events;
  if (events.length !== 1 || event?.kind !== kind)
    throw new Error(`expected one ${kind}, got ${JSON.stringify(events)}`);
  return event as Extract<ChannelEvent, { kind: K }>;
}
