import type { Json } from './json.ts';

const channel = {
  id: -1_002_000_000_009,
  type: 'channel',
  title: 'Cup News',
  username: 'cup_news',
};
const person = { id: 5_100_000_099, is_bot: false, first_name: 'Pal', username: 'pal_example' };
const words = (text: string, found: string, more: Json) => ({
  text,
  entities: [{ ...more, offset: text.indexOf(found), length: found.length }],
});
const photo = [{ file_id: 'sample-photo', file_unique_id: 'sp', width: 90, height: 60 }];
const sticker = {
  ...{ file_id: 'sample-sticker', file_unique_id: 'ss', type: 'regular', width: 512, height: 512 },
  ...{ is_animated: false, is_video: false },
};

/** A message of each kind that people send beside words and files, as the Bot API documents it. */
export const MESSAGE_SAMPLES: Readonly<Record<string, Json>> = {
  hidden_link: words('My order is here, please look', 'here', {
    type: 'text_link',
    url: 'https://shop.example/orders/4711',
  }),
  text_mention: words('Ask Pal', 'Pal', { type: 'text_mention', user: person }),
  start: words('/start spring_sale', '/start', { type: 'bot_command' }),
  quote: { text: 'Really?', quote: { text: 'until six', position: 4, is_manual: true } },
  external_reply: {
    text: 'I mean this one',
    external_reply: { origin: { type: 'channel', chat: channel, message_id: 5, date: 1 } },
  },
  forwarded: {
    text: 'Two for one!',
    forward_origin: { type: 'channel', chat: channel, message_id: 5, date: 1_750_000_000 },
  },
  via_bot: { text: 'found', via_bot: { id: 8, is_bot: true, first_name: 'Gif', username: 'gif' } },
  story: { story: { chat: channel, id: 12 } },
  story_reply: { text: 'Lovely', reply_to_story: { chat: channel, id: 12 } },
  contact_card: {
    contact: {
      phone_number: '+491707654321',
      first_name: 'Bob',
      user_id: 5_100_000_098,
      vcard:
        'BEGIN:VCARD\nVERSION:3.0\nFN:Bob B\nORG:Cups;Sales\nEMAIL:bob@cups.example\nEND:VCARD',
    },
  },
  venue: {
    location: { latitude: 52.5, longitude: 13.4 },
    venue: { location: { latitude: 52.5, longitude: 13.4 }, title: 'Café', address: 'Main St 1' },
  },
  live_location: { location: { latitude: 52.5, longitude: 13.4, live_period: 900, heading: 90 } },
  poll: {
    poll: {
      ...{ id: '9100', question: 'Which cup?', type: 'regular', total_voter_count: 0 },
      options: ['red', 'blue'].map((text) => ({ persistent_id: text, text, voter_count: 0 })),
      ...{ is_closed: false, is_anonymous: true, allows_multiple_answers: false },
      ...{ allows_revoting: true, members_only: false },
    },
  },
  dice: { dice: { emoji: '🎲', value: 4 } },
  web_app_data: {
    web_app_data: { button_text: 'Order', data: '{"items":[{"sku":"A1","qty":2}]}' },
  },
  successful_payment: {
    successful_payment: {
      ...{ currency: 'EUR', total_amount: 1850, invoice_payload: 'order-4711' },
      telegram_payment_charge_id: 'sample-telegram-charge',
      provider_payment_charge_id: 'sample-provider-charge',
      order_info: { name: 'Ana Souza', email: 'ana@example.org' },
    },
  },
  refunded_payment: {
    refunded_payment: {
      ...{ currency: 'XTR', total_amount: 25, invoice_payload: 'order-4712' },
      telegram_payment_charge_id: 'sample-telegram-charge',
    },
  },
  invoice: {
    invoice: {
      ...{ title: 'Cup', description: 'A red one', start_parameter: 'cup' },
      ...{ currency: 'USD', total_amount: 145 },
    },
  },
  users_shared: {
    users_shared: { request_id: 7, users: [{ user_id: person.id, first_name: 'Pal' }] },
  },
  chat_shared: { chat_shared: { request_id: 8, chat_id: channel.id, title: channel.title } },
  paid_media: { paid_media: { star_count: 5, paid_media: [{ type: 'photo', photo }] } },
  checklist: { checklist: { title: 'To buy', tasks: [{ id: 1, text: 'cups' }] } },
  game: { game: { title: 'Darts', description: 'Throw', photo } },
  gift: { gift: { gift: { id: '5', star_count: 15, sticker }, text: 'for you' } },
  giveaway: { giveaway: { chats: [channel], winners_selection_date: 1, winner_count: 3 } },
  rich_message: {
    rich_message: {
      blocks: [
        { type: 'heading', size: 1, text: 'My order' },
        {
          type: 'paragraph',
          text: ['It is ', { type: 'url', text: 'here', url: 'https://shop.example/orders/4711' }],
        },
      ],
    },
  },
};
