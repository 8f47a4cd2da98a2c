import { describe, expect, it } from '@jest/globals';
import { receive } from '../../../src/channels/telegram/receive.ts';
import {
  AT,
  BOT,
  groupMessage,
  message,
  MESSAGES,
  only,
  OTHERS,
  requestOf,
  update,
} from './payloads.ts';

type Json = Record<string, unknown>;
const read = (body: unknown) => receive(requestOf(body));
const contentOf = (payload: Json = {}) =>
  only(read(update({ message: payload })), 'message').content;
const detailsOf = (payload: Json | undefined) => contentOf(payload).details;
const kind = (name: string) => contentOf(MESSAGES[name]);
const left = (payload: Json) => detailsOf(payload)?.platform_data?.content;

describe('a plain text', () => {
  it('has no details, neither by its words nor by what everybody finds in them', () => {
    expect(contentOf(message({ text: 'hi' }))).not.toHaveProperty('details');
    const text = '#cups at https://x.test, @shop or +49 170 1, or shop@x.test';
    const entities = ['hashtag', 'url', 'mention', 'phone_number', 'email'].map((type) => {
      return { type, offset: 0, length: 2 };
    });
    expect(contentOf(message({ text, entities }))).not.toHaveProperty('details');
  });
});

describe('links', () => {
  it('behind words are told with the words and where they begin, in UTF-16 units', () => {
    const [link, mention] = kind('hiddenLinks').details?.links ?? [];
    expect(link).toEqual({
      text: 'here',
      offset: 17,
      url: 'https://shop.example/orders/4711?k=a%20b',
    });
    expect(mention).toEqual({ text: 'Bo', offset: 36, url: 'tg://user?id=6006' });
  });

  it('are told of captions, of edits, and of rich messages', () => {
    const link = { text: 'this', offset: 4, url: 'https://shop.example/p/9' };
    expect(kind('captionLink').details?.links).toEqual([link]);
    const edited = update({ edited_message: { ...MESSAGES['captionLink'], edit_date: AT + 1 } });
    expect(only(read(edited), 'edited').content.details?.links).toEqual([link]);
    expect(kind('rich')).toMatchObject({ type: 'text', text: 'Order\nsee here\n• one cup' });
    expect(kind('rich').details?.links).toEqual([
      { text: 'here', offset: 10, url: 'https://x.test' },
    ]);
  });

  it('that cannot be read leave the others, and are kept as they are', () => {
    const entities = [
      { type: 'text_link', offset: 'x', length: 1, url: 'https://x.test/odd' },
      null,
      { type: 'text_link', offset: 0, length: 2, url: 'https://x.test' },
    ];
    const { details } = contentOf(message({ text: 'ok', entities }));
    expect(details?.links).toEqual([{ text: 'ok', offset: 0, url: 'https://x.test' }]);
    expect(details?.platform_data?.content).toEqual({ entities: [entities[0]] });
  });

  it('are no reason to lose formatting', () => {
    const bold = { type: 'bold', offset: 0, length: 2 };
    expect(left(message({ text: 'ok', entities: [bold] }))).toEqual({ entities: [bold] });
    expect(left(message({ photo: [], caption: 'ok', caption_entities: [bold] }))).toEqual({
      caption_entities: [bold],
    });
  });
});

describe('what a Mini App sent', () => {
  it('is a press of its button, with the data', () => {
    const data = '{"items":[{"sku":"A1","qty":2}]}';
    expect(kind('webAppData')).toEqual({
      type: 'postback',
      text: 'Order',
      payload: data,
      attachments: [],
      details: { mini_app: { data, button_text: 'Order' } },
    });
  });
});

describe('a payment', () => {
  const paid = {
    currency: 'EUR',
    amount: '18.50',
    amount_minor: 1850,
    payload: 'order-4711',
    platform_charge_id: 'tpc',
    provider_charge_id: 'ppc',
    status: 'paid',
  };

  it('has what the business needs to find it, and what the customer filled in', () => {
    expect(kind('payment')).toMatchObject({ type: 'payment', details: { payment: paid } });
    expect(left(MESSAGES['payment'] ?? {})).toEqual({
      successful_payment: { order_info: { email: 'ann@example.org' } },
    });
  });

  it.each([
    ['JPY', 1850, '1850'],
    ['KWD', 1850, '1.850'],
    ['EUR', 5, '0.05'],
    ['XTR', 3, '3'],
    ['TON', 1_500_000_000, '1.500000000'],
    ['?', 3, null],
  ])('in %s of %d smallest units is %s', (currency, total_amount, amount) => {
    const { payment } =
      detailsOf(message({ successful_payment: { currency, total_amount } })) ?? {};
    expect(payment).toMatchObject({ currency, amount, amount_minor: total_amount });
  });

  it('that goes back is told, though the bot itself sent it back, and answered by no machine', () => {
    const refunded_payment = { currency: 'XTR', total_amount: 3, invoice_payload: 'order-1' };
    for (const from of [undefined, { id: Number(BOT), is_bot: true, first_name: 'Shop' }]) {
      const { from: _ann, ...bare } = message({ refunded_payment });
      const event = only(read(update({ message: { ...bare, ...(from && { from }) } })), 'message');
      const payment = { status: 'refunded', amount: '3', payload: 'order-1' };
      expect(event.content).toMatchObject({ type: 'payment', details: { payment } });
      expect(event.automatic).toBe(true);
    }
  });

  it('may be asked for by an invoice', () => {
    const invoice = { title: 'Cup', description: 'red', currency: 'USD', total_amount: 145 };
    const { type, details } = contentOf(message({ invoice }));
    expect([type, details?.payment?.amount, details?.payment?.status]).toEqual([
      'payment',
      '1.45',
      'invoice',
    ]);
    expect(details?.platform_data?.content).toEqual({
      invoice: { title: 'Cup', description: 'red' },
    });
  });
});

describe('a poll', () => {
  it('has its question and options', () => {
    expect(kind('poll')).toMatchObject({
      type: 'poll',
      details: {
        poll: {
          id: '91',
          question: 'Which cup?',
          options: [
            { text: 'red', votes: 2 },
            { text: 'blue', votes: 0 },
          ],
          closed: false,
          multiple_answers: true,
        },
        platform_data: { content: { poll: { type: 'quiz', explanation: 'see the shop' } } },
      },
    });
  });
});

describe('a place', () => {
  it('has its name and address', () => {
    const details = detailsOf(MESSAGES['venue']);
    const at = { latitude: 52.52, longitude: 13.4 };
    expect(details).toEqual({ location: { ...at, name: 'Café', address: 'Ring 1', url: null } });
    expect(kind('location').details).toEqual({
      location: { ...at, name: null, address: null, url: null },
    });
  });

  it('that moves says for how long', () => {
    const location = { latitude: 1, longitude: 2, live_period: 900, heading: 90 };
    expect(left(message({ location }))).toEqual({ location: { live_period: 900, heading: 90 } });
  });
});

describe('a contact card', () => {
  it('is told whole', () => {
    const [card] = kind('card').details?.contacts ?? [];
    expect(card).toMatchObject({
      name: 'Bob',
      first_name: 'Bob',
      company: 'Cups',
      department: 'Sales',
      phones: [{ number: '+49 170 7654321', platform_id: null }],
      emails: [{ email: 'bob@cups.example', type: null }],
      platform_id: null,
      vcard: expect.stringContaining('FN:Bob B'),
    });
    expect(kind('otherContact').details?.contacts).toMatchObject([
      { name: 'Bob B', last_name: 'B', platform_id: '6006', vcard: null },
    ]);
  });
});

describe('what was chosen with a button of the keyboard', () => {
  it('are people, with their ids', () => {
    expect(kind('usersShared')).toMatchObject({
      type: 'contact',
      payload: '7',
      attachments: [{ type: 'contact', title: 'Pal' }],
      details: {
        answer: { kind: 'users_shared', title: null, description: null, payload: '7' },
        contacts: [
          { name: 'Pal', platform_id: '5200000099', urls: [{ url: 'https://t.me/pal_ex' }] },
        ],
      },
    });
  });

  it.each([
    { user_shared: { request_id: 7, user_id: 5200000099 } },
    { users_shared: { request_id: 7, user_ids: [5200000099] } },
  ])('are people in the older form as well: %j', (older) => {
    expect(contentOf(message(older))).toMatchObject({
      type: 'contact',
      payload: '7',
      details: { contacts: [{ platform_id: '5200000099' }], answer: { kind: 'users_shared' } },
    });
  });

  it('is a chat, with its id', () => {
    expect(kind('chatShared')).toMatchObject({
      type: 'postback',
      text: 'Team',
      payload: '8',
      details: {
        answer: { kind: 'chat_shared', title: 'Team', description: '-1009', payload: '8' },
      },
    });
  });
});

describe('a press of a button', () => {
  it('has the title that the message shows, and what it stands for', () => {
    const { content } = only(read(update(OTHERS['callback'] ?? {})), 'message');
    expect(content.details).toEqual({
      answer: { kind: 'button', title: 'XL 👕', description: null, payload: 'size:xl' },
    });
  });

  it('of a game names the game', () => {
    const game = { id: '4', from: { id: 5005, first_name: 'A' }, game_short_name: 'darts' };
    const { details } = only(read(update({ callback_query: game })), 'message').content;
    expect(details?.platform_data?.content).toEqual({ game_short_name: 'darts' });
  });
});

describe('the link that led to the bot', () => {
  it.each(['/start ref_4711', '/start@shop_bot ref_4711', ' /start ref_4711 '])(
    'is told with what it hands over: %j',
    (text) => {
      const { text: kept, details } = contentOf(message({ text }));
      expect(details?.referral).toMatchObject({ source: 'link', ref: 'ref_4711', source_id: null });
      expect(kept).toBe(text);
    },
  );

  it.each(['/start', '/start it now please', '/startle ref', 'say /start ref'])(
    'is none in %j',
    (text) => {
      expect(contentOf(message({ text }))).not.toHaveProperty('details');
    },
  );
});

describe('a forwarded message', () => {
  const ann = { id: 9, first_name: 'Zoe', last_name: 'Z' };
  const channel = { id: -1009, type: 'channel', title: 'News', username: 'news' };
  it.each<[string, Json, string]>([
    ['a person', { type: 'user', sender_user: ann, date: AT }, 'Zoe Z'],
    ['somebody who hides', { type: 'hidden_user', sender_user_name: 'Zed', date: AT }, 'Zed'],
    ['a group', { type: 'chat', sender_chat: { id: -5, title: 'Team' }, date: AT }, 'Team'],
    ['a channel', { type: 'channel', chat: channel, message_id: 5, date: AT }, 'News'],
  ])('says that it is from %s', (_name, forward_origin, from) => {
    expect(detailsOf(message({ text: 'x', forward_origin }))?.forwarded).toEqual({
      from,
      at: new Date(AT * 1000).toISOString(),
      frequently: false,
    });
  });

  it.each<[Json, string]>([
    [{ forward_from: ann, forward_date: AT }, 'Zoe Z'],
    [{ forward_sender_name: 'Zed', forward_date: AT }, 'Zed'],
    [{ forward_from_chat: channel, forward_from_message_id: 5, forward_date: AT }, 'News'],
  ])('says so in the older form as well: %j', (older, from) => {
    const { type, details } = contentOf(message({ text: 'x', ...older }));
    expect([type, details?.forwarded]).toMatchObject(['text', { from, at: expect.any(String) }]);
  });

  it('keeps where it stands at its origin', () => {
    const forward_origin = { type: 'channel', chat: channel, message_id: 5, date: AT };
    expect(left(message({ text: 'x', forward_origin }))).toMatchObject({
      forward_origin: { chat: { id: -1009 }, message_id: 5 },
    });
  });
});

describe('a story', () => {
  it('is told where it is answered, and where it is passed on', () => {
    const url = 'https://t.me/news/s/12';
    expect(kind('storyReply').details?.story).toEqual({ kind: 'reply', id: '12', url });
    const story = { id: 13, chat: { id: 9, type: 'private', first_name: 'Zoe' } };
    expect(contentOf(message({ story }))).toMatchObject({
      type: 'share',
      attachments: [{ type: 'share', title: 'story' }],
      details: { story: { kind: 'share', id: '13', url: null } },
    });
  });
});

describe('whatever else a message carries', () => {
  it.each<[string, unknown]>([
    ['dice', { emoji: '🎲', value: 4 }],
    ['game', { title: 'Darts', description: 'throw' }],
    ['checklist', { title: 'List', tasks: [{ id: 1, text: 'buy' }] }],
    ['gift', { gift: { id: '5', star_count: 15 }, text: 'for you' }],
    ['unique_gift', { origin: 'transfer', gift: { name: 'Cup-1' } }],
    ['giveaway', { winner_count: 3, prize_description: 'cups' }],
    ['giveaway_winners', { winner_count: 3, giveaway_message_id: 7 }],
    ['passport_data', { credentials: { hash: 'x' } }],
    ['paid_media', { star_count: 5, paid_media: [{ type: 'preview', duration: 2 }] }],
    ['checklist_tasks_done', { marked_as_done_task_ids: [1] }],
    ['write_access_allowed', { web_app_name: 'shop' }],
    ['connected_website', 'shop.example'],
    ['suggested_post_paid', { currency: 'XTR', star_amount: { amount: 5 } }],
    ['hologram', { beams: 3, deep: [{ er: true }] }],
  ])('as a %s is unsupported, by its name, and there in full', (name, value) => {
    expect(contentOf(message({ [name]: value }))).toEqual({
      type: 'unsupported',
      text: null,
      attachments: [{ type: 'other', title: name }],
      details: {
        unsupported: { code: name, reason: null },
        platform_data: { content: { [name]: value }, truncated: false },
      },
    });
  });

  it.each<Json>([
    { quote: { text: 'until six', position: 4, is_manual: true } },
    { via_bot: { id: 8, is_bot: true, first_name: 'Gif', username: 'gif' } },
    { media_group_id: '1300' },
    { has_media_spoiler: true },
    { effect_id: '51' },
    { paid_star_count: 5 },
    { reply_markup: { inline_keyboard: [[{ text: 'Shop', url: 'https://x.test' }]] } },
    { external_reply: { origin: { type: 'hidden_user' }, poll: { question: 'Which?' } } },
    { reply_to_checklist_task_id: 3 },
    { suggested_post_info: { state: 'pending', price: { currency: 'XTR', amount: 5 } } },
    { sender_tag: 'VIP' },
    { of_tomorrow: { beams: 3 } },
  ])('beside its words is kept: %j', (beside) => {
    expect(left(message({ text: 'x', ...beside }))).toEqual(beside);
  });

  it('of a file is what no attachment says, without its previews', () => {
    const audio = {
      file_id: 'a',
      duration: 3,
      performer: 'Cups',
      title: 'Tea',
      thumbnail: { a: 1 },
    };
    expect(left(message({ audio }))).toEqual({
      audio: { duration: 3, performer: 'Cups', title: 'Tea' },
    });
    const animation = { file_id: 'g', duration: 2 };
    expect(left(message({ animation, document: { file_id: 'g' } }))).toEqual({
      animation: { duration: 2 },
    });
  });

  it('that was paid for is a file', () => {
    const media = [{ type: 'photo', photo: [{ file_id: 'p', width: 1, height: 1 }] }];
    expect(contentOf(message({ paid_media: { star_count: 5, paid_media: media } }))).toMatchObject({
      type: 'image',
      attachments: [{ type: 'image', media_id: 'p' }],
      details: { platform_data: { content: { paid_media: { star_count: 5 } } } },
    });
  });

  it('is cut where it is too long, and says so', () => {
    const { platform_data } = detailsOf(message({ hologram: { beams: 'x'.repeat(20_000) } })) ?? {};
    expect(platform_data?.truncated).toBe(true);
    expect(JSON.stringify(platform_data).length).toBeLessThanOrEqual(16 * 1024);
  });
});

describe('spellings', () => {
  it.each([true, 'true', 1])('of a flag count as true: %j', (mark) => {
    const topic = { text: 'x', message_thread_id: 44, is_topic_message: mark };
    expect(only(read(update({ message: message(topic) })), 'message').customer.externalId).toBe(
      '5005/44',
    );
    const away = message({ text: 'x', is_from_offline: mark });
    expect(only(read(update({ message: away })), 'message').automatic).toBe(true);
  });

  it.each([false, 'false', 0, 'maybe', {}, null])('of a flag do not: %j', (mark) => {
    const topic = { text: 'x', message_thread_id: 44, is_topic_message: mark };
    expect(only(read(update({ message: message(topic) })), 'message').customer.externalId).toBe(
      '5005',
    );
  });

  it.each(['new_chat_participant', 'left_chat_participant', 'voice_chat_started'])(
    'of a service message: %s is still none of a person’s',
    (name) => {
      only(read(update({ message: groupMessage({ [name]: { id: 1 } }) })), 'ignored');
    },
  );
});

describe('what belongs to a chat that is not the bot’s', () => {
  it.each([{ business_connection_id: 'b1' }, { guest_query_id: 'g1' }])(
    'is ignored, though the chat has the id of one: %j',
    (mark) => {
      only(read(update({ message: message({ text: 'x', ...mark }) })), 'ignored');
      only(read(update({ edited_message: message({ text: 'x', ...mark }) })), 'ignored');
    },
  );

  it('is ignored as a press as well', () => {
    const shown = message({ text: 'x', business_connection_id: 'b1' });
    const press = { id: '4', from: { id: 5005, first_name: 'A' }, data: 'x', message: shown };
    only(read(update({ callback_query: press })), 'ignored');
  });
});

describe('an edit', () => {
  const edited = (payload: Json) => read(update({ edited_message: message(payload) }));

  it('of a kind that is not known brings what is new in it', () => {
    const checklist = { title: 'List', tasks: [{ id: 1, text: 'buy' }] };
    const { content } = only(edited({ checklist, edit_date: AT + 1 }), 'edited');
    expect(content.details?.platform_data?.content).toEqual({ checklist });
  });

  it('of nothing but what surrounds a message is ignored', () => {
    only(edited({ edit_date: AT + 1, reply_markup: {}, effect_id: '5' }), 'ignored');
  });

  it('that takes a caption away leaves the file', () => {
    const photo = [{ file_id: 'p', width: 1, height: 1 }];
    expect(only(edited({ photo, edit_date: AT + 1 }), 'edited').content).toMatchObject({
      type: 'image',
      text: null,
      attachments: [{ media_id: 'p' }],
    });
  });
});
