import { describe, expect, it } from '@jest/globals';
import { receive } from '../../../src/channels/telegram/receive.ts';
import {
  ann,
  AT,
  BOT,
  groupMessage,
  GROUP,
  message,
  MESSAGES,
  only,
  OTHERS,
  PERSON,
  requestOf,
  SUPERGROUP,
  supergroup,
  update,
} from './payloads.ts';

const read = (body: unknown) => receive(requestOf(body));
const readMessage = (payload: Record<string, unknown> | undefined) =>
  only(read(update({ message: payload })), 'message');

describe('a private message', () => {
  it('is the person’s, under the id of chat and message, at its second', () => {
    expect(readMessage(message({ text: 'Olá 👋🏽' }))).toEqual({
      kind: 'message',
      accountExternalId: BOT,
      key: 'message:5005:7',
      at: AT * 1000,
      platformMessageId: '5005:7',
      customer: { externalId: PERSON, username: 'ann_ex', name: 'Ann 👋🏽 Ärmel' },
      content: { type: 'text', text: 'Olá 👋🏽', attachments: [] },
      replyTo: null,
    });
  });

  it('names nobody’s account where the address named none', () => {
    const request = { ...requestOf(update({ message: MESSAGES['text'] })), account: null };
    expect(receive(request)[0]?.accountExternalId).toBeNull();
  });

  it.each([
    '👩‍👩‍👧‍👦 🇧🇷 👍🏽 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    'مرحبا \u202eabc\u202c שלום',
    'e\u0301 \u00e9 Z\u0351\u036b\u0343 नि',
    '漢字𠮷\u3000かな',
    'line\nbreak\r\n\ttab \u2028 \u2029 end',
    '"quoted" \\u0041 </script> {"a":[1]} %00 ${x}',
  ])('keeps %j, also escaped as Telegram writes it', (text) => {
    const body = JSON.stringify(update({ message: message({ text }) }));
    const escaped = body.replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    for (const bytes of [body, escaped])
      expect(only(read(Buffer.from(bytes)), 'message').content.text).toBe(text);
  });

  it('with half a surrogate pair or a NUL becomes storable', () => {
    expect(readMessage(message({ text: 'a\0b\ud83d' })).content.text).toBe('a\ufffdb\ufffd');
  });
});

describe('a message that no person wrote', () => {
  const byBot = { from: { id: 99, is_bot: true, first_name: 'Other bot' } };
  it.each([
    ['a bot', byBot],
    ['somebody who is away', { is_from_offline: true }],
    ['a channel that the group belongs to', { is_automatic_forward: true }],
  ])('is marked: by %s', (_, change) => {
    expect(readMessage(message(change))).toMatchObject({ automatic: true });
  });

  it('is not one by an administrator who writes as the group', () => {
    const anonymous = { ...byBot, sender_chat: { id: 5005, type: 'supergroup', title: 'Shop' } };
    expect(readMessage(message(anonymous))).not.toHaveProperty('automatic');
    expect(readMessage(MESSAGES['text'])).not.toHaveProperty('automatic');
  });
});

describe('the content of a message', () => {
  it.each<[string, string, string | null, object[]]>([
    [
      'photo',
      'image',
      'look',
      [{ type: 'image', media_id: 'large', size_bytes: 90_000, mime_type: 'image/jpeg' }],
    ],
    [
      'album',
      'image',
      'one of two',
      [{ type: 'image', media_id: 'large', size_bytes: 90_000, mime_type: 'image/jpeg' }],
    ],
    [
      'livePhoto',
      'image',
      null,
      [
        { type: 'image', media_id: 'large', size_bytes: 90_000, mime_type: 'image/jpeg' },
        { type: 'video', media_id: 'vid', mime_type: 'video/mp4', size_bytes: 34 },
      ],
    ],
    [
      'document',
      'document',
      'the file',
      [
        {
          type: 'document',
          media_id: 'doc',
          file_name: 'a.pdf',
          mime_type: 'application/pdf',
          size_bytes: 12,
        },
      ],
    ],
    [
      'video',
      'video',
      null,
      [{ type: 'video', media_id: 'vid', mime_type: 'video/mp4', size_bytes: 34 }],
    ],
    [
      'animation',
      'video',
      null,
      [{ type: 'video', media_id: 'vid', mime_type: 'video/mp4', size_bytes: 34 }],
    ],
    ['videoNote', 'video', null, [{ type: 'video', media_id: 'note', mime_type: 'video/mp4' }]],
    ['voice', 'audio', null, [{ type: 'audio', media_id: 'voice', mime_type: 'audio/ogg' }]],
    [
      'audio',
      'audio',
      null,
      [{ type: 'audio', media_id: 'audio', mime_type: 'audio/mpeg', file_name: 's.mp3' }],
    ],
    [
      'sticker',
      'sticker',
      null,
      [{ type: 'sticker', media_id: 'sticker', title: '😀', mime_type: 'image/webp' }],
    ],
    ['location', 'location', null, [{ type: 'location', latitude: 52.52, longitude: 13.4 }]],
    [
      'venue',
      'location',
      null,
      [{ type: 'location', title: 'Café, Ring 1', latitude: 52.52, longitude: 13.4 }],
    ],
    [
      'otherContact',
      'contact',
      null,
      [{ type: 'contact', title: 'Bob B', phone: '+491707654321' }],
    ],
    ['start', 'text', '/start abc', []],
    ['forward', 'text', 'fwd', []],
    ['poll', 'poll', null, []],
    ['fromTheFuture', 'unsupported', null, [{ type: 'other', title: 'hologram' }]],
  ])('of kind %s is %s', (kind, type, text, attachments) => {
    const { details: _, ...content } = readMessage(MESSAGES[kind]).content;
    expect(content).toEqual({ type, text, attachments });
  });

  it('says of a contact whether it is the sender’s own', () => {
    expect(readMessage(MESSAGES['ownContact']).content).toMatchObject({
      type: 'contact',
      text: null,
      attachments: [{ type: 'contact', title: 'Ann', phone: '+491701234567' }],
      payload: 'own_contact',
    });
    expect(readMessage(MESSAGES['otherContact']).content.payload).toBeUndefined();
  });

  it('of an album comes as a message for each picture', () => {
    const keys = [7, 8].map((message_id) => readMessage({ ...MESSAGES['album'], message_id }).key);
    expect(keys).toEqual(['message:5005:7', 'message:5005:8']);
  });

  it('is the largest size of a photo, whatever the order', () => {
    const sizes = [
      { file_id: 'b', width: 200, height: 100 },
      { file_id: 'a', width: 20, height: 10 },
      null,
      { file_id: 7 },
    ];
    const { content } = readMessage(message({ photo: sizes }));
    expect(content.attachments).toEqual([
      { type: 'image', media_id: 'b', mime_type: 'image/jpeg' },
    ]);
  });
});

describe('a reply', () => {
  it.each([
    ['reply', '5005:6'],
    ['externalReply', `${SUPERGROUP}:99`],
    ['thread', `${SUPERGROUP}:43`],
    ['topic', null],
    ['text', null],
  ])('of kind %s answers %s', (kind, expected) => {
    expect(readMessage(MESSAGES[kind]).replyTo).toBe(expected);
  });
});

describe('a group', () => {
  const group = { externalId: SUPERGROUP, title: 'Customers' };

  it('is the conversation, and the sender the customer', () => {
    expect(readMessage(MESSAGES['group']).customer).toEqual({
      externalId: PERSON,
      username: 'ann_ex',
      name: 'Ann 👋🏽 Ärmel',
      group,
    });
  });

  it('with topics is a conversation for each, and a thread of replies is none', () => {
    expect(readMessage(MESSAGES['topic']).customer.group?.externalId).toBe(`${SUPERGROUP}/44`);
    expect(readMessage(MESSAGES['thread']).customer.group?.externalId).toBe(SUPERGROUP);
  });

  it('is not its own member when an administrator writes in its name', () => {
    expect(readMessage(MESSAGES['anonymousAdmin']).customer).toEqual({
      externalId: '1087968824',
      username: null,
      name: 'Chief',
      group,
    });
  });

  it('has the channel as a member in whose name somebody writes', () => {
    expect(readMessage(MESSAGES['asChannel']).customer).toEqual({
      externalId: '-1009',
      username: 'news',
      name: 'News',
      group,
    });
  });

  it('that becomes a supergroup says so twice, with one key', () => {
    const both = ['migratedTo', 'migratedFrom'].map((kind) =>
      only(read(update(OTHERS[kind] ?? {})), 'identity_changed'),
    );
    for (const event of both)
      expect(event).toMatchObject({
        key: `migrated:${GROUP}:${SUPERGROUP}`,
        customer: { externalId: GROUP, group: { externalId: GROUP } },
        now: { externalId: SUPERGROUP, aliases: [] },
      });
  });

  it.each([
    { new_chat_members: [ann] },
    { left_chat_member: ann },
    { pinned_message: message({ text: 'x' }) },
    { new_chat_title: 'Other' },
    { forum_topic_created: { name: 'T', icon_color: 1 } },
    { group_chat_created: true },
  ])('that speaks of itself is ignored: %j', (service) => {
    only(read(update({ message: groupMessage(service) })), 'ignored');
  });
});

describe('an edit', () => {
  it('has the message’s id, the new text, and a key for each edit', () => {
    const [first, second] = [1, 2].map((id) =>
      only(read(update(OTHERS['edit'] ?? {}, id)), 'edited'),
    );
    expect(first).toMatchObject({
      platformMessageId: '5005:7',
      by: 'customer',
      content: { type: 'text', text: 'Olá!', attachments: [] },
      at: (AT + 5) * 1000,
      customer: { externalId: PERSON },
    });
    expect(first?.key).not.toBe(second?.key);
    expect(only(read(update(OTHERS['captionEdit'] ?? {})), 'edited').content.text).toBe('look!');
  });

  it.each([
    ['photo', [{ file_id: 'NEW', width: 9, height: 9 }], 'image'],
    ['document', { file_id: 'NEW' }, 'document'],
    ['video', { file_id: 'NEW' }, 'video'],
    ['animation', { file_id: 'NEW' }, 'video'],
  ])('that replaces a %s brings the new one', (member, file, type) => {
    const { text: _, ...bare } = message({ edit_date: AT + 1 });
    const edited = only(read(update({ edited_message: { ...bare, [member]: file } })), 'edited');
    expect(edited.content).toMatchObject({ type, attachments: [{ type, media_id: 'NEW' }] });
  });

  it('without any content is ignored', () => {
    const { text: _, ...bare } = message({ edit_date: AT + 1 });
    only(read(update({ edited_message: { ...bare, reply_markup: {} } })), 'ignored');
    only(read(update({ edited_message: { ...bare, text: '' } })), 'ignored');
  });

  it('has the number of its update, for Telegram’s time is of whole seconds', () => {
    const edited_message = message({ text: 'better', edit_date: AT + 1 });
    expect(only(read({ update_id: 77, edited_message }), 'edited').revision).toBe(77);
    expect(only(read({ update_id: 2 ** 40, edited_message }), 'edited').revision).toBeNull();
  });

  it('of a live location is ignored', () => {
    const moving = message({ location: { latitude: 1, longitude: 2 }, edit_date: AT + 1 });
    only(read(update({ edited_message: moving })), 'ignored');
  });
});

describe('a reaction', () => {
  const change = (before: unknown[], now: unknown[]) =>
    read(
      update({
        message_reaction: {
          chat: supergroup,
          message_id: 7,
          user: ann,
          date: AT,
          old_reaction: before,
          new_reaction: now,
        },
      }),
    );
  const emoji = (value: string) => ({ type: 'emoji', emoji: value });
  const told = (events: ReturnType<typeof change>) =>
    events.map((event) => event.kind === 'reaction' && [event.action, event.emoji]);

  it('is what is new in the list, and without anything new it is taken back', () => {
    expect(told(change([], [emoji('❤')]))).toEqual([['react', '❤']]);
    expect(told(change([emoji('❤')], [emoji('👍')]))).toEqual([['react', '👍']]);
    expect(told(change([emoji('❤')], [emoji('❤'), emoji('👍')]))).toEqual([['react', '👍']]);
    expect(told(change([emoji('❤')], []))).toEqual([['unreact', null]]);
    expect(told(change([emoji('❤'), emoji('👍')], [emoji('👍')]))).toEqual([['unreact', '❤']]);
    expect(told(change([], []))).toEqual([['unreact', null]]);
  });

  it('may be a picture of Telegram’s own, or paid for', () => {
    const own = { type: 'custom_emoji', custom_emoji_id: '53' };
    expect(told(change([], [own, { type: 'paid' }]))).toEqual([
      ['react', null],
      ['react', '⭐'],
    ]);
  });

  it('is on a message, by a person in a group, with a key for each', () => {
    const [first, second] = change([], [emoji('❤'), emoji('👍')]);
    expect(first).toMatchObject({
      platformMessageId: `${SUPERGROUP}:7`,
      customer: { externalId: PERSON, group: { externalId: SUPERGROUP } },
    });
    expect(second?.key).not.toBe(first?.key);
    expect(
      only(read(update(OTHERS['anonymousReaction'] ?? {})), 'reaction').customer,
    ).toMatchObject({ externalId: '1087968824', name: 'Customers' });
  });
});

describe('a press of a button', () => {
  const press = OTHERS['callback']?.['callback_query'] as Record<string, unknown>;

  it('is a message of its own that answers the one with the button', () => {
    expect(only(read(update({ callback_query: press })), 'message')).toMatchObject({
      key: 'callback:4382bfdwdsb323b2d9',
      platformMessageId: '5005:70/4382bfdwdsb323b2d9',
      at: null,
      customer: { externalId: PERSON, username: 'ann_ex' },
      content: { type: 'postback', text: 'XL 👕', payload: 'size:xl', attachments: [] },
      replyTo: '5005:70',
    });
  });

  it('is read when the message is too old to be told, and when there is none', () => {
    const old = { ...press, message: { message_id: 70, chat: supergroup, date: 0 } };
    expect(only(read(update({ callback_query: old })), 'message')).toMatchObject({
      content: { text: 'size:xl' },
      customer: { externalId: PERSON, group: { externalId: SUPERGROUP } },
    });
    const inline = { ...press, message: undefined, inline_message_id: 'x' };
    expect(only(read(update({ callback_query: inline })), 'message')).toMatchObject({
      platformMessageId: 'inline/4382bfdwdsb323b2d9',
      customer: { externalId: PERSON },
      replyTo: null,
    });
  });
});

describe('a change of membership', () => {
  it('tells whether a person blocked the bot or let it in again', () => {
    for (const [kind, reachable] of [
      ['blocked', false],
      ['unblocked', true],
    ] as const)
      expect(only(read(update(OTHERS[kind] ?? {})), 'reachability')).toMatchObject({
        reachable,
        at: AT * 1000,
        customer: { externalId: PERSON },
      });
  });

  it('in a group is ignored', () => {
    only(read(update(OTHERS['addedToGroup'] ?? {})), 'ignored');
  });
});

describe('an update', () => {
  it('has the same key whenever it comes', () => {
    for (const member of [
      ...Object.values(MESSAGES).map((one) => ({ message: one })),
      ...Object.values(OTHERS),
    ]) {
      const keys = [1, 2].map(() => read(update(member, 77)).map((event) => event.key));
      expect(keys[0]).toEqual(keys[1]);
    }
  });

  it('whose number came before does not hide another message', () => {
    const keys = [7, 8].map(
      (id) => only(read(update({ message: message({ message_id: id }) }, 1)), 'message').key,
    );
    expect(new Set(keys).size).toBe(2);
  });

  it.each([
    ['a channel post', { channel_post: message({ chat: { id: -100, type: 'channel' } }) }],
    ['an inline query', { inline_query: { id: '1', from: ann, query: 'x' } }],
    ['a kind from the future', { telepathy: { from: ann } }],
    [
      'a message of ours',
      { message: message({ from: { id: 7001, is_bot: true }, new_chat_title: 'x' }) },
    ],
  ])('that is %s is ignored', (_name, member) => {
    only(read(update(member)), 'ignored');
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['only a number', '{"update_id":1}'],
    ['a damaged message', '{"update_id":1,"message":{"chat":{}}}'],
    ['a message without a number', '{"update_id":1,"message":{"message_id":0,"chat":{"id":5}}}'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('that is %s is unreadable, and says so once', (_name, body) => {
    only(read(Buffer.from(body)), 'unreadable');
  });
});
