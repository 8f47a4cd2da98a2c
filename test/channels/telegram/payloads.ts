import type {
  ChannelAccount,
  ChannelEvent,
  WebhookRequest,
} from '../../../src/channels/channel.ts';

/** Updates of Telegram as documented, as the tests of this folder build them. */

export const BOT = '7001';
export const TOKEN = `${BOT}:AAHsecretSECRETsecret_SECRETsecret-00`;
export const PERSON = '5005';
export const GROUP = '-4004';
export const SUPERGROUP = '-1001234567890';
export const AT = 1_700_000_000;

export const account: ChannelAccount = {
  id: 'acc_telegram',
  externalId: BOT,
  details: {},
  credentials: { bot_token: TOKEN },
};

type Json = Record<string, unknown>;

export const ann = {
  id: 5005,
  is_bot: false,
  first_name: 'Ann 👋🏽',
  last_name: 'Ärmel',
  username: 'ann_ex',
  language_code: 'de',
};
export const privateChat = { id: 5005, type: 'private', first_name: 'Ann 👋🏽', username: 'ann_ex' };
export const supergroup = { id: -1001234567890, type: 'supergroup', title: 'Customers' };

/** A message of Ann's to the bot. */
export function message(more: Json): Json {
  return { message_id: 7, from: ann, chat: privateChat, date: AT, ...more };
}

/** A message of Ann's in the group. */
export function groupMessage(more: Json): Json {
  return message({ chat: supergroup, ...more });
}

const photo = [
  { file_id: 'small', file_unique_id: 's', width: 90, height: 60, file_size: 900 },
  { file_id: 'large', file_unique_id: 'l', width: 1280, height: 853, file_size: 90_000 },
];
const document = {
  file_id: 'doc',
  file_unique_id: 'd',
  file_name: 'a.pdf',
  mime_type: 'application/pdf',
  file_size: 12,
};
const mp4 = {
  file_id: 'vid',
  file_unique_id: 'v',
  width: 2,
  height: 2,
  duration: 1,
  mime_type: 'video/mp4',
  file_size: 34,
};

/** Every documented kind of message, alone. */
export const MESSAGES: Record<string, Json> = {
  text: message({ text: 'Olá 👋🏽', entities: [{ type: 'bold', offset: 0, length: 3 }] }),
  start: message({ text: '/start abc', entities: [{ type: 'bot_command', offset: 0, length: 6 }] }),
  photo: message({ photo, caption: 'look' }),
  album: message({ photo, media_group_id: '13', caption: 'one of two' }),
  document: message({ document, caption: 'the file' }),
  video: message({ video: mp4 }),
  animation: message({ animation: mp4, document: mp4 }),
  livePhoto: message({ live_photo: mp4, photo }),
  videoNote: message({
    video_note: { file_id: 'note', file_unique_id: 'n', length: 240, duration: 2 },
  }),
  voice: message({
    voice: { file_id: 'voice', file_unique_id: 'o', duration: 3, mime_type: 'audio/ogg' },
  }),
  audio: message({
    audio: {
      file_id: 'audio',
      file_unique_id: 'a',
      duration: 3,
      mime_type: 'audio/mpeg',
      file_name: 's.mp3',
    },
  }),
  sticker: message({
    sticker: {
      file_id: 'sticker',
      file_unique_id: 't',
      type: 'regular',
      emoji: '😀',
      is_animated: false,
      is_video: false,
    },
  }),
  location: message({ location: { latitude: 52.52, longitude: 13.4 } }),
  venue: message({
    venue: { location: { latitude: 52.52, longitude: 13.4 }, title: 'Café', address: 'Ring 1' },
    location: { latitude: 52.52, longitude: 13.4 },
  }),
  ownContact: message({
    contact: { phone_number: '+491701234567', first_name: 'Ann', user_id: 5005 },
  }),
  otherContact: message({
    contact: { phone_number: '+491707654321', first_name: 'Bob', last_name: 'B', user_id: 6006 },
  }),
  reply: message({
    text: 'yes',
    reply_to_message: {
      message_id: 6,
      chat: privateChat,
      date: AT - 9,
      from: { id: 7001, is_bot: true, first_name: 'Shop' },
      text: 'well?',
    },
  }),
  externalReply: message({
    text: 'this',
    external_reply: { origin: { type: 'user' }, chat: supergroup, message_id: 99 },
  }),
  forward: message({
    text: 'fwd',
    forward_origin: { type: 'hidden_user', sender_user_name: 'X', date: AT },
  }),
  group: groupMessage({ text: 'hi all' }),
  topic: groupMessage({
    text: 'in a topic',
    message_thread_id: 44,
    is_topic_message: true,
    reply_to_message: {
      message_id: 44,
      chat: supergroup,
      date: AT,
      forum_topic_created: { name: 'T' },
    },
  }),
  thread: groupMessage({
    text: 'no topic',
    message_thread_id: 43,
    reply_to_message: { message_id: 43, chat: supergroup, date: AT, text: 'q' },
  }),
  anonymousAdmin: groupMessage({
    from: { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' },
    sender_chat: supergroup,
    author_signature: 'Chief',
    text: 'rules',
  }),
  asChannel: groupMessage({
    from: { id: 136817688, is_bot: true, first_name: 'Channel' },
    sender_chat: { id: -1009, type: 'channel', title: 'News', username: 'news' },
    text: 'hear',
  }),
  poll: message({
    poll: {
      id: '91',
      question: 'Which cup?',
      options: [
        { persistent_id: 'a', text: 'red', voter_count: 2 },
        { persistent_id: 'b', text: 'blue', voter_count: 0 },
      ],
      total_voter_count: 2,
      is_closed: false,
      is_anonymous: true,
      type: 'quiz',
      allows_multiple_answers: true,
      explanation: 'see the shop',
    },
  }),
  hiddenLinks: message({
    text: '👍🏽 my order is here, please look, Bo',
    entities: [
      { type: 'text_link', offset: 17, length: 4, url: 'https://shop.example/orders/4711?k=a%20b' },
      { type: 'text_mention', offset: 36, length: 2, user: { id: 6006, first_name: 'Bo' } },
      { type: 'bold', offset: 5, length: 2 },
    ],
  }),
  captionLink: message({
    photo,
    caption: 'see this',
    caption_entities: [
      { type: 'text_link', offset: 4, length: 4, url: 'https://shop.example/p/9' },
    ],
  }),
  webAppData: message({
    web_app_data: { button_text: 'Order', data: '{"items":[{"sku":"A1","qty":2}]}' },
  }),
  payment: message({
    successful_payment: {
      currency: 'EUR',
      total_amount: 1850,
      invoice_payload: 'order-4711',
      telegram_payment_charge_id: 'tpc',
      provider_payment_charge_id: 'ppc',
      order_info: { email: 'ann@example.org' },
    },
  }),
  usersShared: message({
    users_shared: {
      request_id: 7,
      users: [{ user_id: 5200000099, first_name: 'Pal', username: 'pal_ex' }],
    },
  }),
  chatShared: message({ chat_shared: { request_id: 8, chat_id: -1009, title: 'Team' } }),
  card: message({
    contact: {
      phone_number: '+49 170 7654321',
      first_name: 'Bob',
      vcard:
        'BEGIN:VCARD\nVERSION:3.0\nFN:Bob B\nORG:Cups;Sales\nEMAIL:bob@cups.example\nEND:VCARD',
    },
  }),
  storyReply: message({
    text: 'lovely',
    reply_to_story: { id: 12, chat: { id: -1009, type: 'channel', username: 'news' } },
  }),
  rich: message({
    rich_message: {
      blocks: [
        { type: 'heading', size: 1, text: 'Order' },
        {
          type: 'paragraph',
          text: [
            'see ',
            { type: 'url', text: { type: 'bold', text: 'here' }, url: 'https://x.test' },
          ],
        },
        { type: 'list', items: [{ label: '•', blocks: [{ type: 'paragraph', text: 'one cup' }] }] },
      ],
    },
  }),
  direct: message({
    chat: { ...supergroup, is_direct_messages: true },
    direct_messages_topic: { topic_id: 5005, user: ann },
    text: 'psst',
  }),
  privateTopic: message({ text: 'in my topic', message_thread_id: 44, is_topic_message: true }),
  fromTheFuture: message({ hologram: { beams: 3 } }),
};

/** Every documented update that we ask for and that is no new message. */
export const OTHERS: Record<string, Json> = {
  edit: { edited_message: message({ text: 'Olá!', edit_date: AT + 5 }) },
  captionEdit: { edited_message: message({ photo, caption: 'look!', edit_date: AT + 5 }) },
  react: {
    message_reaction: {
      chat: supergroup,
      message_id: 7,
      user: ann,
      date: AT,
      old_reaction: [],
      new_reaction: [{ type: 'emoji', emoji: '❤' }],
    },
  },
  unreact: {
    message_reaction: {
      chat: supergroup,
      message_id: 7,
      user: ann,
      date: AT,
      old_reaction: [{ type: 'emoji', emoji: '❤' }],
      new_reaction: [],
    },
  },
  anonymousReaction: {
    message_reaction: {
      chat: supergroup,
      message_id: 7,
      actor_chat: supergroup,
      date: AT,
      old_reaction: [],
      new_reaction: [{ type: 'emoji', emoji: '🔥' }],
    },
  },
  callback: {
    callback_query: {
      id: '4382bfdwdsb323b2d9',
      from: ann,
      chat_instance: '-88',
      data: 'size:xl',
      message: message({
        message_id: 70,
        from: { id: 7001, is_bot: true, first_name: 'Shop' },
        text: 'Which size?',
        reply_markup: {
          inline_keyboard: [
            [
              { text: 'M', callback_data: 'size:m' },
              { text: 'XL 👕', callback_data: 'size:xl' },
            ],
          ],
        },
      }),
    },
  },
  blocked: {
    my_chat_member: {
      chat: privateChat,
      from: ann,
      date: AT,
      old_chat_member: { user: { id: 7001 }, status: 'member' },
      new_chat_member: { user: { id: 7001 }, status: 'kicked', until_date: 0 },
    },
  },
  unblocked: {
    my_chat_member: {
      chat: privateChat,
      from: ann,
      date: AT,
      old_chat_member: { user: { id: 7001 }, status: 'kicked' },
      new_chat_member: { user: { id: 7001 }, status: 'member' },
    },
  },
  addedToGroup: {
    my_chat_member: {
      chat: supergroup,
      from: ann,
      date: AT,
      old_chat_member: { status: 'left' },
      new_chat_member: { status: 'member' },
    },
  },
  migratedTo: {
    message: message({
      chat: { id: -4004, type: 'group', title: 'Customers' },
      migrate_to_chat_id: -1001234567890,
    }),
  },
  migratedFrom: { message: message({ chat: supergroup, migrate_from_chat_id: -4004 }) },
};

let made = 1000;
/** A whole update with a number of its own. */
export function update(member: Json, updateId = (made += 1)): Json {
  return { update_id: updateId, ...member };
}

/** A request as the API hands it over, with the bytes of this body. */
export function requestOf(body: unknown): WebhookRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return { headers: {}, body: bytes, account };
}

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
