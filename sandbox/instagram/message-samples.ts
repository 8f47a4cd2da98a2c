type Json = Record<string, unknown>;

/** A messaging item, without the two sides, the time and the `mid`. */
export type Sample = { message?: Json; postback?: Json; referral?: Json };

const MEDIA = 'https://lookaside.example/media';
const shared = (type: string, payload: Json): Json => ({ type, payload });
const message = (content: Json): Sample => ({ message: content });

const product = {
  id: '4455',
  retailer_id: 'SKU-9',
  image_url: `${MEDIA}/cup.jpg`,
  title: 'Our new cup',
  subtitle: '12 EUR',
};

/** What people send beside words and files, as "Webhooks for Instagram messaging" documents it. */
export const MESSAGE_SAMPLES: Readonly<Record<string, Sample>> = {
  ad_referral: message({
    text: 'Is this still there?',
    referral: {
      ...{ source: 'ADS', type: 'OPEN_THREAD', ref: 'spring', ad_id: '120200000000002' },
      ads_context_data: {
        ...{ ad_title: 'Spring cups', photo_url: `${MEDIA}/ad.jpg` },
        ...{ post_id: '17900000000000007', product_id: '4455' },
      },
    },
  }),
  asked_about_product: message({
    text: 'What does it cost?',
    referral: { source: 'SHOPS', type: 'OPEN_THREAD', product: { id: '4455' } },
  }),
  ad_postback: {
    postback: {
      title: 'Ask for the price',
      payload: 'ASK_PRICE',
      referral: { source: 'ADS', type: 'OPEN_THREAD', ref: 'spring', ad_id: '120200000000001' },
    },
  },
  link_referral: {
    referral: { source: 'IGME-SOURCE-LINK', type: 'OPEN_THREAD', ref: 'qr-7' },
  },
  quick_reply: message({ text: 'Yes, please', quick_reply: { payload: 'YES' } }),
  template_button: { postback: { title: 'Order', payload: 'ORDER-4711' } },
  story_reply: message({
    text: 'Lovely',
    reply_to: { story: { id: '17900000000000012', url: `${MEDIA}/story` } },
  }),
  story_mention: message({ attachments: [shared('story_mention', { url: `${MEDIA}/mention` })] }),
  story_share: message({
    attachments: [
      shared('ig_story', {
        story_media_id: '17900000000000013',
        story_media_url: `${MEDIA}/shared-story`,
      }),
    ],
  }),
  shared_post: message({
    attachments: [
      shared('share', { url: `${MEDIA}/post` }),
      shared('ig_post', {
        ...{ url: `${MEDIA}/post`, title: 'Our new cup' },
        ig_post_media_id: '17900000000000014',
      }),
    ],
  }),
  shared_reel: message({
    attachments: [
      shared('ig_reel', {
        ...{ url: `${MEDIA}/reel`, title: 'How we make cups' },
        reel_video_id: '17900000000000015',
      }),
    ],
  }),
  shared_product: message({
    attachments: [shared('template', { product: { elements: [product] } })],
  }),
  ephemeral: message({ attachments: [{ type: 'ephemeral' }] }),
  unsupported: message({ is_unsupported: true }),
  not_known_yet: message({
    attachments: [shared('novelty', { words: 'something of tomorrow' })],
  }),
};

/** The same item with the message's id in it, and other members in place of its own. */
export function itemOf(sample: Sample, mid: string, members: Json = {}): Json {
  const [kind = 'message', content] = Object.entries(structuredClone(sample))[0] ?? [];
  if (kind === 'referral') return { referral: { ...content, ...members } };
  return { [kind]: { mid, ...content, ...members } };
}

/** What the phone shows of its words. */
export function wordsOf({ message: written, postback }: Sample): string | null {
  const words = written?.['text'] ?? postback?.['title'];
  return typeof words === 'string' ? words : null;
}
