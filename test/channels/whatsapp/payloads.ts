import type { ChannelEvent, WebhookRequest } from '../../../src/channels/channel.ts';

/** Webhook bodies of WhatsApp as documented, as the tests of this folder build them. */

export const PHONE_NUMBER_ID = '106540352242922';
export const WABA_ID = '102290129340398';
/** A number of the United States: written in one way only. */
export const CUSTOMER = '16505551234';
export const USER_ID = 'US.13491208655302741918';
export const GROUP_ID = 'Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0';
const SECONDS = 1_749_416_383;
export const AT = SECONDS * 1000;

type Json = Record<string, unknown>;

/** A message from the customer. */
export function message(more: Json): Json {
  return { from: CUSTOMER, timestamp: `${SECONDS}`, ...more };
}

/** A status of a message to the customer. */
export function status(value: string, more: Json = {}): Json {
  const ids = { id: 'wamid.sent', recipient_id: CUSTOMER };
  return { ...ids, status: value, timestamp: `${SECONDS}`, ...more };
}

export const ana = { profile: { name: 'Ana', username: '@ana' }, wa_id: CUSTOMER };

/** A `changes` item with these lists in its value. */
export function change(value: Json, field = 'messages'): Json {
  const metadata = { display_phone_number: '15550783881', phone_number_id: PHONE_NUMBER_ID };
  return { field, value: { messaging_product: 'whatsapp', metadata, ...value } };
}

/** A webhook body with these changes in one entry. */
export function bodyOf(...changes: unknown[]): Json {
  return { object: 'whatsapp_business_account', entry: [{ id: WABA_ID, changes }] };
}

/** A request as the API hands it over, with the bytes of this body. */
export function requestOf(body: unknown): WebhookRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return { headers: {}, body: bytes, account: null };
}

const file = (more: Json = {}) => ({
  mime_type: 'image/jpeg',
  sha256: '4654+8g=',
  id: '1',
  ...more,
});

const numberOf = (phone: string, id: string) => ({ phone, wa_id: id, type: 'CELL' });

/** Every documented kind of message. */
export const MESSAGES: Record<string, Json> = {
  text: message({ id: 'wamid.text', type: 'text', text: { body: 'Olá 👋🏽' } }),
  image: message({
    id: 'wamid.image',
    type: 'image',
    image: file({ caption: 'look', url: 'https://lookaside.example/?mid=1' }),
  }),
  video: message({ id: 'wamid.video', type: 'video', video: file({ mime_type: 'video/mp4' }) }),
  voice: message({
    id: 'wamid.voice',
    type: 'audio',
    audio: file({ mime_type: 'audio/ogg; codecs=opus', voice: true }),
  }),
  document: message({
    id: 'wamid.document',
    type: 'document',
    document: file({ mime_type: 'application/pdf', filename: 'menu.pdf', caption: 'the menu' }),
  }),
  sticker: message({
    id: 'wamid.sticker',
    type: 'sticker',
    sticker: file({ mime_type: 'image/webp', animated: true }),
  }),
  reply: message({
    id: 'wamid.reply',
    type: 'text',
    text: { body: 'yes' },
    context: { from: '15550783881', id: 'wamid.before' },
  }),
  forwarded: message({
    id: 'wamid.forwarded',
    type: 'text',
    text: { body: 'seen?' },
    context: { forwarded: true },
  }),
  reaction: message({
    id: 'wamid.react',
    type: 'reaction',
    reaction: { message_id: 'wamid.sent', emoji: '😮' },
  }),
  unreaction: message({
    id: 'wamid.unreact',
    type: 'reaction',
    reaction: { message_id: 'wamid.sent', emoji: '' },
  }),
  unreactionWithout: message({
    id: 'wamid.unreact2',
    type: 'reaction',
    reaction: { message_id: 'wamid.sent' },
  }),
  location: message({
    id: 'wamid.location',
    type: 'location',
    location: {
      latitude: 37.46,
      longitude: -122.21,
      name: 'HQ',
      address: '1 Hacker Way',
      url: 'https://maps.example/1',
    },
  }),
  contacts: message({
    id: 'wamid.contacts',
    type: 'contacts',
    contacts: [
      {
        name: { first_name: 'Chandler', formatted_name: 'Chandler Bing' },
        phones: [numberOf('+1 555-555-5555', '15555555555'), { wa_id: '15555555556' }],
      },
      { name: { formatted_name: 'Monica' } },
    ],
  }),
  order: message({
    id: 'wamid.order',
    type: 'order',
    order: {
      catalog_id: '3541',
      text: 'soon please',
      product_items: [
        { product_retailer_id: 'SODA', quantity: 2, item_price: 10, currency: 'ILS' },
      ],
    },
  }),
  buttonReply: message({
    id: 'wamid.button_reply',
    type: 'interactive',
    interactive: { type: 'button_reply', button_reply: { id: 'YES', title: 'Yes' } },
    context: { from: '15550783881', id: 'wamid.sent' },
  }),
  listReply: message({
    id: 'wamid.list_reply',
    type: 'interactive',
    interactive: { type: 'list_reply', list_reply: { id: 'L', title: 'Large', description: '' } },
  }),
  form: message({
    id: 'wamid.form',
    type: 'interactive',
    interactive: {
      type: 'nfm_reply',
      nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"rating":"4"}' },
    },
  }),
  templateButton: message({
    id: 'wamid.button',
    type: 'button',
    button: { payload: 'STOP', text: 'Stop' },
  }),
  revoke: message({
    id: 'wamid.revoke',
    type: 'revoke',
    revoke: { original_message_id: 'wamid.text' },
  }),
  edit: message({
    id: 'wamid.edit',
    type: 'edit',
    edit: {
      original_message_id: 'wamid.text',
      message: { type: 'text', text: { body: 'Olá!' }, context: { id: 'wamid.before' } },
    },
  }),
  editedCaption: message({
    id: 'wamid.edit2',
    type: 'edit',
    edit: {
      original_message_id: 'wamid.image',
      message: { type: 'image', image: file({ caption: 'see' }) },
    },
  }),
  unsupported: message({
    id: 'wamid.unsupported',
    type: 'unsupported',
    errors: [{ code: 131051, title: 'Message type unknown', error_data: { details: 'no' } }],
    unsupported: { type: 'poll_creation' },
  }),
  referred: message({
    id: 'wamid.ad',
    type: 'text',
    text: { body: 'hi' },
    referral: { source_url: 'https://fb.example', source_type: 'ad', ctwa_clid: 'C' },
  }),
  adWhole: message({
    id: 'wamid.ad_whole',
    type: 'text',
    text: { body: 'Hello! I would like more information' },
    referral: {
      source_url: 'https://fb.example/x1',
      source_id: '120200000000009',
      source_type: 'ad',
      headline: 'Chat with us',
      body: 'Spring sale',
      media_type: 'video',
      video_url: 'https://cdn.example/ad.mp4',
      thumbnail_url: 'https://cdn.example/ad.jpg',
      ctwa_clid: 'CLID-1',
      welcome_message: { text: 'Hi!' },
    },
  }),
  opened: message({
    id: 'wamid.opened',
    type: 'request_welcome',
    referral: { source_type: 'post', source_id: '7', ctwa_clid: 'CLID-2' },
  }),
  aboutProduct: message({
    id: 'wamid.about',
    type: 'text',
    text: { body: 'Is this one available?' },
    context: {
      from: '15550783881',
      id: 'wamid.none',
      referred_product: { catalog_id: '800', product_retailer_id: 'SKU-9' },
    },
  }),
  product: message({
    id: 'wamid.product',
    type: 'interactive',
    interactive: {
      type: 'product',
      product: { catalog_id: '800', product_retailer_id: 'SKU-9' },
    },
  }),
  callPermission: message({
    id: 'wamid.permission',
    type: 'interactive',
    interactive: {
      type: 'call_permission_reply',
      call_permission_reply: {
        response: 'accept',
        is_permanent: 'false',
        expiration_timestamp: '1795999999',
        response_source: 'user_action',
      },
    },
  }),
  listRow: message({
    id: 'wamid.row',
    type: 'interactive',
    interactive: {
      type: 'list_reply',
      list_reply: { id: 'row-2', title: 'Large', description: '0.5 l, oat milk' },
    },
  }),
  card: message({
    id: 'wamid.card',
    type: 'contacts',
    contacts: [
      {
        name: { formatted_name: 'Lee Park', first_name: 'Lee', last_name: 'Park', prefix: 'Dr' },
        birthday: '1990-01-31',
        org: { company: 'Cups Ltd', department: 'Buying', title: 'Buyer' },
        emails: [{ email: 'lee@example.org', type: 'WORK' }],
        urls: [{ url: 'https://cups.example', type: 'WORK' }],
        addresses: [
          {
            street: '1 Cup St',
            city: 'Menlo Park',
            state: 'CA',
            zip: '94025',
            country: 'United States',
            country_code: 'us',
            type: 'HOME',
          },
        ],
      },
    ],
  }),
  unknown: message({
    id: 'wamid.unknown',
    type: 'unknown',
    errors: [{ code: 131051, title: 'Unsupported message type', details: 'Not supported' }],
  }),
  passedOnOften: message({
    id: 'wamid.often',
    type: 'text',
    text: { body: 'seen?' },
    context: { forwarded: true, frequently_forwarded: 'true' },
  }),
  changedNumber: message({
    id: 'wamid.number',
    type: 'system',
    system: { type: 'user_changed_number', wa_id: '16505559999', body: 'User changed' },
  }),
  changedUserId: {
    id: 'wamid.user_id',
    timestamp: `${SECONDS}`,
    type: 'system',
    system: { type: 'user_changed_user_id', user_id: 'MX.09', previous_user_id: USER_ID },
  },
  changedIdentity: message({
    id: 'wamid.identity',
    type: 'system',
    system: { type: 'customer_identity_changed', body: 'changed' },
    identity: { acknowledged: true, created_timestamp: '1697044706', hash: 'x' },
  }),
  openedAlone: message({ id: 'wamid.welcome', type: 'request_welcome' }),
  group: message({
    id: 'wamid.group',
    type: 'text',
    text: { body: 'all of you' },
    group_id: GROUP_ID,
  }),
  userIdOnly: {
    from_user_id: USER_ID,
    id: 'wamid.bsuid',
    timestamp: `${SECONDS}`,
    type: 'text',
    text: { body: 'no number' },
  },
};

/** Every documented kind of status. */
export const STATUSES: Record<string, Json> = {
  sent: status('sent', {
    biz_opaque_callback_data: 'msg-1',
    conversation: { id: '7270', origin: { type: 'service' } },
    pricing: { billable: true, pricing_model: 'CBP', category: 'service' },
  }),
  delivered: status('delivered', { biz_opaque_callback_data: 'msg-1' }),
  read: status('read', { recipient_user_id: USER_ID }),
  played: status('played'),
  failed: status('failed', {
    biz_opaque_callback_data: 'msg-1/2',
    errors: [
      {
        code: 131047,
        title: 'Re-engagement message',
        message: 'Re-engagement message',
        error_data: { details: 'More than 24 hours have passed since 16505551234 replied.' },
        href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
      },
    ],
  }),
  inGroup: status('read', {
    recipient_id: GROUP_ID,
    recipient_type: 'group',
    recipient_participant_id: CUSTOMER,
  }),
};

/** What the owner typed in the Business app. */
export const ECHOES: Record<string, Json> = {
  echo: {
    from: '15550783881',
    to: CUSTOMER,
    to_user_id: USER_ID,
    id: 'wamid.echo',
    timestamp: `${SECONDS}`,
    type: 'text',
    text: { body: 'Hello' },
  },
  echoRevoke: {
    from: '15550783881',
    to: CUSTOMER,
    id: 'wamid.echo2',
    timestamp: `${SECONDS}`,
    type: 'revoke',
    revoke: { original_message_id: 'wamid.echo' },
  },
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
