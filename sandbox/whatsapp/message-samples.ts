import type { Json } from './content.ts';

/** A message as webhooks have it: `type`, the member that it names, and those beside it. */
export type Sample = Json & { type: string };

const text = (body: string, beside: Json = {}): Sample => ({
  type: 'text',
  text: { body },
  ...beside,
});
const interactive = (content: Json): Sample => ({ type: 'interactive', interactive: content });
const unsupported = (code: number, title: string, details: string, beside: Json = {}): Sample => ({
  type: 'unsupported',
  errors: [{ code, title, message: title, error_data: { details } }],
  ...beside,
});

const ad = {
  source_type: 'ad',
  source_id: '120200000000009',
  source_url: 'https://fb.me/1aBcDeFgH',
  headline: 'Chat with us',
  body: 'Everything for spring',
  media_type: 'image',
  image_url: 'https://scontent.example/ad.jpg',
  ctwa_clid: 'ARAkLkA8rmlFeiCktEJQ',
};
const product = { catalog_id: '800', product_retailer_id: 'SKU-9' };
const name = { formatted_name: 'Bob Bean', first_name: 'Bob', last_name: 'Bean' };

/** A message of each kind that people send beside words and files, as the Cloud API documents it. */
export const MESSAGE_SAMPLES: Readonly<Record<string, Sample>> = {
  ad_referral: text('Hello! I would like more information', { referral: ad }),
  post_referral: text('About your post', {
    referral: { source_type: 'post', source_id: '77', source_url: 'https://fb.me/post77' },
  }),
  request_welcome: { type: 'request_welcome', referral: ad },
  asked_about_product: text('Is this one still there?', {
    context: { from: '15550100001', id: 'wamid.sample', referred_product: product },
  }),
  shared_product: interactive({ type: 'product', action: product }),
  order: {
    type: 'order',
    order: {
      catalog_id: '800',
      text: 'For Saturday, please',
      product_items: [
        { product_retailer_id: 'SKU-9', quantity: 2, item_price: 12, currency: 'EUR' },
        { product_retailer_id: 'SKU-11', quantity: 1, item_price: 4.5, currency: 'EUR' },
      ],
    },
  },
  contact_card: {
    type: 'contacts',
    contacts: [
      {
        name,
        birthday: '1990-04-01',
        org: { company: 'Cups Ltd', department: 'Sales', title: 'Buyer' },
        phones: [{ phone: '+49 170 7654321', wa_id: '491707654321', type: 'CELL' }],
        emails: [{ email: 'bob@cups.example', type: 'WORK' }],
        urls: [{ url: 'https://cups.example', type: 'WORK' }],
        addresses: [
          {
            ...{ street: 'Main St 1', city: 'Berlin', state: 'BE', zip: '10115' },
            ...{ country: 'Germany', country_code: 'de', type: 'WORK' },
          },
        ],
      },
    ],
  },
  contact_with_email_only: {
    type: 'contacts',
    contacts: [
      {
        name: { formatted_name: 'Lee Cup', first_name: 'Lee' },
        org: { company: 'Cups Ltd' },
        emails: [{ email: 'lee@cups.example', type: 'WORK' }],
      },
    ],
  },
  place: {
    type: 'location',
    location: {
      ...{ latitude: 52.5, longitude: 13.4, name: 'Café', address: 'Main St 1, Berlin' },
      url: 'https://cafe.example',
    },
  },
  list_row: interactive({
    type: 'list_reply',
    list_reply: { id: 'slot-9', title: 'Nine o’clock', description: 'Table by the window' },
  }),
  reply_button: interactive({
    type: 'button_reply',
    button_reply: { id: 'yes', title: 'Yes, please' },
  }),
  template_button: { type: 'button', button: { payload: 'CONFIRM-4711', text: 'Confirm' } },
  form_answer: interactive({
    type: 'nfm_reply',
    nfm_reply: {
      name: 'flow',
      body: 'Sent',
      response_json: '{"flow_token":"sample","date":"2026-06-01","guests":"2"}',
    },
  }),
  call_permission: interactive({
    type: 'call_permission_reply',
    call_permission_reply: {
      ...{ response: 'accept', is_permanent: false },
      ...{ expiration_timestamp: '1795999999', response_source: 'user_action' },
    },
  }),
  forwarded: text('Two for one!', { context: { forwarded: true } }),
  forwarded_often: text('Two for one!', { context: { frequently_forwarded: true } }),
  on_the_phone_only: unsupported(
    131060,
    'This message is unavailable',
    'Open WhatsApp on your phone to see it',
  ),
  poll: unsupported(131051, 'Message type unknown', 'Message type is currently not supported.', {
    unsupported: { type: 'poll' },
  }),
  not_known_yet: { type: 'novelty', novelty: { words: 'something of tomorrow' } },
};

/** What the phone shows of its words. */
export function wordsOf(sample: Sample): string | null {
  const { body, text: words, title } = (sample[sample.type] ?? {}) as Json;
  const found = [body, words, title].find((each) => typeof each === 'string');
  return typeof found === 'string' ? found : null;
}
