import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { ChannelEvent } from '../../../src/channels/channel.ts';
import { receive } from '../../../src/channels/whatsapp/receive.ts';
import {
  ana,
  AT,
  bodyOf,
  change,
  CUSTOMER,
  ECHOES,
  GROUP_ID,
  message,
  MESSAGES,
  only,
  PHONE_NUMBER_ID,
  requestOf,
  STATUSES,
  USER_ID,
} from './payloads.ts';

function read(...messages: unknown[]): ChannelEvent[] {
  return receive(requestOf(bodyOf(change({ contacts: [ana], messages }))));
}

const customer = { externalId: CUSTOMER, name: 'Ana', username: 'ana' };
const from = { accountExternalId: PHONE_NUMBER_ID, at: AT, customer };
const file = { media_id: '1', mime_type: 'image/jpeg' };
const left = (content: object) => ({ platform_data: { content, truncated: false } });
const sha256 = '4654+8g=';
const button = (title: string, payload: string) => ({
  answer: { kind: 'button', title, description: null, payload },
});

/** A contact card with nothing on it. */
const NO_CARD = {
  name: null,
  first_name: null,
  last_name: null,
  company: null,
  department: null,
  job_title: null,
  birthday: null,
  phones: [],
  emails: [],
  urls: [],
  addresses: [],
  platform_id: null,
  vcard: null,
};

describe('a customer writes', () => {
  it.each([
    ['text', { type: 'text', text: 'Olá 👋🏽', attachments: [] }],
    [
      'image',
      {
        type: 'image',
        text: 'look',
        attachments: [{ type: 'image', ...file }],
        details: left({ image: { sha256 } }),
      },
    ],
    [
      'video',
      {
        type: 'video',
        text: null,
        attachments: [{ type: 'video', ...file, mime_type: 'video/mp4' }],
        details: left({ video: { sha256 } }),
      },
    ],
    [
      'voice',
      {
        type: 'audio',
        text: null,
        attachments: [{ type: 'audio', ...file, mime_type: 'audio/ogg; codecs=opus' }],
        details: left({ audio: { sha256, voice: true } }),
      },
    ],
    [
      'document',
      {
        type: 'document',
        text: 'the menu',
        attachments: [
          { type: 'document', media_id: '1', mime_type: 'application/pdf', file_name: 'menu.pdf' },
        ],
        details: left({ document: { sha256 } }),
      },
    ],
    [
      'sticker',
      {
        type: 'sticker',
        text: null,
        attachments: [{ type: 'sticker', media_id: '1', mime_type: 'image/webp' }],
        details: left({ sticker: { sha256, animated: true } }),
      },
    ],
    [
      'referred',
      {
        type: 'text',
        text: 'hi',
        attachments: [],
        details: {
          referral: {
            source: 'ad',
            source_id: null,
            ref: null,
            click_id: 'C',
            headline: null,
            body: null,
            url: 'https://fb.example',
            media_url: null,
            product: null,
          },
        },
      },
    ],
    [
      'forwarded',
      {
        type: 'text',
        text: 'seen?',
        attachments: [],
        details: { forwarded: { from: null, at: null, frequently: false } },
      },
    ],
    [
      'location',
      {
        type: 'location',
        text: null,
        attachments: [
          {
            type: 'location',
            latitude: 37.46,
            longitude: -122.21,
            title: 'HQ, 1 Hacker Way',
            url: 'https://maps.example/1',
          },
        ],
        details: {
          location: {
            latitude: 37.46,
            longitude: -122.21,
            name: 'HQ',
            address: '1 Hacker Way',
            url: 'https://maps.example/1',
          },
        },
      },
    ],
    [
      'contacts',
      {
        type: 'contact',
        text: null,
        attachments: [
          { type: 'contact', title: 'Chandler Bing', phone: '+1 555-555-5555' },
          { type: 'contact', title: 'Chandler Bing', phone: '+15555555556' },
          { type: 'contact', title: 'Monica' },
        ],
        details: {
          contacts: [
            {
              ...NO_CARD,
              name: 'Chandler Bing',
              first_name: 'Chandler',
              phones: [
                { number: '+1 555-555-5555', type: 'CELL', platform_id: '15555555555' },
                { number: '+15555555556', type: null, platform_id: '15555555556' },
              ],
            },
            { ...NO_CARD, name: 'Monica' },
          ],
        },
      },
    ],
    [
      'order',
      {
        type: 'order',
        text: 'soon please',
        attachments: [],
        details: {
          order: {
            catalog_id: '3541',
            items: [{ product_id: 'SODA', quantity: 2, price: '10', currency: 'ILS' }],
          },
        },
      },
    ],
    [
      'buttonReply',
      {
        type: 'postback',
        text: 'Yes',
        attachments: [],
        payload: 'YES',
        details: button('Yes', 'YES'),
      },
    ],
    [
      'listReply',
      {
        type: 'postback',
        text: 'Large',
        attachments: [],
        payload: 'L',
        details: { answer: { kind: 'list', title: 'Large', description: null, payload: 'L' } },
      },
    ],
    [
      'form',
      {
        type: 'postback',
        text: 'Sent',
        attachments: [],
        payload: '{"rating":"4"}',
        details: {
          answer: { kind: 'form', title: 'Sent', description: null, payload: '{"rating":"4"}' },
          ...left({ interactive: { nfm_reply: { name: 'flow' } } }),
        },
      },
    ],
    [
      'templateButton',
      {
        type: 'postback',
        text: 'Stop',
        attachments: [],
        payload: 'STOP',
        details: button('Stop', 'STOP'),
      },
    ],
    [
      'unsupported',
      {
        type: 'unsupported',
        text: null,
        attachments: [{ type: 'other', title: 'poll_creation' }],
        details: { unsupported: { code: '131051', reason: 'Message type unknown: no' } },
      },
    ],
  ])('%s', (kind, content) => {
    const event = only(read(MESSAGES[kind]), 'message');
    expect(event).toEqual({
      ...from,
      kind: 'message',
      key: `message:${String(MESSAGES[kind]?.['id'])}`,
      platformMessageId: MESSAGES[kind]?.['id'],
      content,
      replyTo: kind === 'buttonReply' ? 'wamid.sent' : null,
    });
  });

  it('in reply to a message', () => {
    expect(only(read(MESSAGES['reply']), 'message').replyTo).toBe('wamid.before');
  });

  it('in a kind that is not known yet, and nothing is lost', () => {
    const hologram = message({ id: 'wamid.h', type: 'hologram', hologram: { depth: 3 } });
    expect(only(read(hologram), 'message').content).toEqual({
      type: 'unsupported',
      text: null,
      attachments: [{ type: 'other', title: 'hologram' }],
      details: {
        unsupported: { code: 'hologram', reason: null },
        ...left({ hologram: { depth: 3 } }),
      },
    });
    const constructor = message({ id: 'wamid.c', type: 'constructor' });
    expect(only(read(constructor), 'message').content.type).toBe('unsupported');
  });

  it('something whose body WhatsApp left out with an error beside it', () => {
    const messages = [message({ id: 'wamid.i', type: 'interactive' })];
    const errors = [{ code: 131000, title: 'Something went wrong' }];
    const events = receive(requestOf(bodyOf(change({ contacts: [ana], messages, errors }))));
    expect(only(events, 'message').content).toEqual({
      type: 'unsupported',
      text: null,
      attachments: [],
      details: { unsupported: { code: '131000', reason: 'Something went wrong' } },
    });
  });

  it('and an odd member loses neither the rest nor the message', () => {
    const odd = message({
      id: 'wamid.odd',
      type: 'image',
      image: { id: { a: 1 }, mime_type: 7, caption: 'see' },
      context: { id: 7.5 },
      timestamp: 'yesterday',
    });
    expect(only(read(odd), 'message')).toMatchObject({
      at: null,
      replyTo: null,
      content: { type: 'image', text: 'see', attachments: [{ type: 'image' }] },
    });
    const phones = [null, 7, { phone: '+1' }];
    const cards = message({ id: 'wamid.o2', type: 'contacts', contacts: [null, { phones }] });
    expect(only(read(cards), 'message').content.attachments).toEqual([
      { type: 'contact', phone: '+1' },
    ]);
  });

  it('text that PostgreSQL would refuse is mended, everything else kept', () => {
    const odd = message({ id: 'wamid.t', type: 'text', text: { body: 'a\0b \ud83d 🇧🇷\u202e' } });
    expect(only(read(odd), 'message').content.text).toBe('a\ufffdb \ufffd 🇧🇷\u202e');
  });

  it.each([
    '👩‍👩‍👧‍👦 🇧🇷 👍🏽 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    'مرحبا \u202eabc\u202c שלום',
    'e\u0301 \u00e9 Z\u0351\u036b\u0343 नि',
    '漢字𠮷\u3000かな',
  ])('%j unchanged, also as Meta escapes it', (words) => {
    const body = bodyOf(
      change({ messages: [message({ id: 'wamid.u', type: 'text', text: { body: words } })] }),
    );
    const escaped = JSON.stringify(body).replace(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    expect(only(receive(requestOf(Buffer.from(escaped))), 'message').content.text).toBe(words);
  });
});

describe('who it is', () => {
  const hi = { id: 'wamid.1', type: 'text', text: { body: 'hi' } };
  const who = (contacts: unknown, ...messages: unknown[]) =>
    receive(requestOf(bodyOf(change({ contacts, messages })))).map(
      (event) => 'customer' in event && event.customer,
    );

  it('has the number first and the user id beside it', () => {
    const contacts = [{ ...ana, user_id: USER_ID }];
    expect(who(contacts, message(hi))).toEqual([{ ...customer, aliases: [USER_ID] }]);
    expect(who([], message({ ...hi, from_user_id: USER_ID }))).toEqual([
      { externalId: CUSTOMER, aliases: [USER_ID] },
    ]);
  });

  it('may have no number at all, with or without a contact', () => {
    const { userIdOnly } = MESSAGES;
    expect(who([], userIdOnly)).toEqual([{ externalId: USER_ID }]);
    const contacts = [{ profile: { name: 'Bo' }, user_id: USER_ID }];
    expect(who(contacts, userIdOnly)).toEqual([{ externalId: USER_ID, name: 'Bo' }]);
    expect(who([{ wa_id: CUSTOMER, user_id: USER_ID }], userIdOnly)).toEqual([
      { externalId: CUSTOMER, aliases: [USER_ID] },
    ]);
  });

  it('is the contact with the same id, not the first one of a batch', () => {
    const bo = { profile: { name: 'Bo' }, wa_id: '16505550000' };
    const carla = { profile: { name: 'Carla' }, wa_id: '16505551111' };
    const events = who(
      [bo, ana, null, 'garbage'],
      message(hi),
      message({ ...hi, from: bo.wa_id }),
      message({ ...hi, from: carla.wa_id }),
    );
    expect(events).toEqual([
      customer,
      { externalId: bo.wa_id, name: 'Bo' },
      { externalId: carla.wa_id },
    ]);
  });

  it('is the same person with and without the ninth digit', () => {
    const contacts = [{ profile: { name: 'Rui' }, wa_id: '553187654321' }];
    expect(who(contacts, message({ ...hi, from: '5531987654321' }))).toEqual([
      { externalId: '5531987654321', aliases: ['553187654321'], name: 'Rui' },
    ]);
    expect(who([], message({ ...hi, from: '553187654321' }))).toEqual([
      { externalId: '553187654321', aliases: ['5531987654321'] },
    ]);
  });

  it('writes in a group, which is the conversation', () => {
    expect(only(read(MESSAGES['group']), 'message').customer).toEqual({
      ...customer,
      group: { externalId: GROUP_ID },
    });
  });

  it('is not guessed where a group id is damaged: the message stays out of any private chat', () => {
    only(read(message({ ...hi, group_id: { id: 1 } })), 'unreadable');
  });

  it('cannot be told without any id', () => {
    only(read({ ...hi, timestamp: '1749416383' }), 'unreadable');
  });

  it('may get another number', () => {
    expect(only(read(MESSAGES['changedNumber']), 'identity_changed')).toEqual({
      kind: 'identity_changed',
      key: 'identity_changed:wamid.number',
      accountExternalId: PHONE_NUMBER_ID,
      at: AT,
      customer: { externalId: CUSTOMER },
      now: { externalId: '16505559999', aliases: [] },
    });
    const old = { type: 'user_changed_number', new_wa_id: '16505559999' };
    const event = only(read(message({ id: 'w', type: 'system', system: old })), 'identity_changed');
    expect(event.now.externalId).toBe('16505559999');
  });

  it('may get another user id, or both at once', () => {
    expect(only(read(MESSAGES['changedUserId']), 'identity_changed')).toMatchObject({
      customer: { externalId: USER_ID },
      now: { externalId: 'MX.09', aliases: [] },
    });
    const system = { type: 'user_changed_number', wa_id: '5511987654321', user_id: 'US.2' };
    const event = only(read(message({ id: 'w', type: 'system', system })), 'identity_changed');
    expect(event.now).toEqual({ externalId: '5511987654321', aliases: ['US.2', '551187654321'] });
  });

  it('is still written to by number when only the user id is another', () => {
    const system = { type: 'user_changed_user_id', user_id: 'US.2' };
    const event = only(read(message({ id: 'w', type: 'system', system })), 'identity_changed');
    expect(event.now).toEqual({ externalId: CUSTOMER, aliases: ['US.2'] });
    const same = { type: 'user_changed_number', wa_id: CUSTOMER };
    only(read(message({ id: 'w', type: 'system', system: same })), 'unreadable');
  });
});

describe('what acts upon an earlier message', () => {
  it.each([
    ['reaction', 'react', '😮'],
    ['unreaction', 'unreact', null],
    ['unreactionWithout', 'unreact', null],
  ])('%s', (kind, action, emoji) => {
    expect(only(read(MESSAGES[kind]), 'reaction')).toEqual({
      ...from,
      kind: 'reaction',
      key: `reaction:${String(MESSAGES[kind]?.['id'])}:${action}`,
      platformMessageId: 'wamid.sent',
      by: 'customer',
      action,
      emoji,
    });
  });

  it('a revoke has the id of the first message', () => {
    expect(only(read(MESSAGES['revoke']), 'deleted')).toEqual({
      ...from,
      kind: 'deleted',
      key: 'deleted:wamid.text',
      platformMessageId: 'wamid.text',
      by: 'customer',
    });
  });

  it('an edit has it too, with the new text or caption', () => {
    expect(only(read(MESSAGES['edit']), 'edited')).toEqual({
      ...from,
      kind: 'edited',
      key: 'edited:wamid.edit',
      platformMessageId: 'wamid.text',
      by: 'customer',
      content: { type: 'text', text: 'Olá!', attachments: [] },
      wordsOnly: true,
      revision: null,
    });
    expect(only(read(MESSAGES['editedCaption']), 'edited').content.text).toBe('see');
  });

  const edit = (inner?: object) =>
    read(
      message({
        id: 'w',
        type: 'edit',
        edit: { original_message_id: 'wamid.text', message: inner },
      }),
    );

  it('an edit with another file brings that one; a caption alone leaves the file as it is', () => {
    const image = { id: '700', mime_type: 'image/png', caption: 'new' };
    expect(only(edit({ type: 'image', image }), 'edited')).toMatchObject({
      content: { type: 'image', text: 'new', attachments: [{ type: 'image', media_id: '700' }] },
    });
    const captionOnly = only(edit({ type: 'image', image: { caption: 'new' } }), 'edited');
    expect(captionOnly).toMatchObject({ wordsOnly: true, content: { text: 'new' } });
  });

  it('an edit without content changes nothing', () => {
    for (const inner of [
      { type: 'text', text: { body: '' } },
      undefined,
      { type: 'unsupported' },
      { type: 'image', image: {} },
      { type: 'text' },
      7,
    ])
      only(edit(inner as object), 'ignored');
  });

  it('that is damaged is unreadable', () => {
    for (const type of ['reaction', 'revoke', 'edit', 'system'])
      only(read(message({ id: 'w', type, [type]: 7 })), 'unreadable');
  });
});

describe('echoes of the Business app', () => {
  const readEchoes = (...echoes: unknown[]) =>
    receive(
      requestOf(bodyOf(change({ contacts: [ana], message_echoes: echoes }, 'smb_message_echoes'))),
    );

  it('are what the account wrote, never a customer', () => {
    expect(only(readEchoes(ECHOES['echo']), 'echo')).toEqual({
      ...from,
      customer: { ...customer, aliases: [USER_ID] },
      kind: 'echo',
      key: 'echo:wamid.echo',
      platformMessageId: 'wamid.echo',
      content: { type: 'text', text: 'Hello', attachments: [] },
    });
  });

  it('may be taken back, edited or reacted to, which is told as the owner’s doing', () => {
    const edit = {
      original_message_id: 'wamid.echo',
      message: { type: 'text', text: { body: 'Hi' } },
    };
    const reaction = { message_id: 'wamid.text', emoji: '❤️' };
    const acts = [
      only(readEchoes(ECHOES['echoRevoke']), 'deleted'),
      only(readEchoes({ ...ECHOES['echo'], type: 'edit', edit }), 'edited'),
      only(readEchoes({ ...ECHOES['echo'], type: 'reaction', reaction }), 'reaction'),
    ];
    expect(acts.map(({ platformMessageId: of }) => of)).toEqual([
      'wamid.echo',
      'wamid.echo',
      'wamid.text',
    ]);
    for (const act of acts)
      expect(act).toMatchObject({ by: 'owner', customer: { externalId: CUSTOMER } });
  });
});

describe('of no use', () => {
  it.each([
    ['a chat that was opened', MESSAGES['openedAlone']],
    ['a change of security keys', MESSAGES['changedIdentity']],
  ])('%s is ignored', (_case, item) => {
    expect(only(read(item), 'ignored').accountExternalId).toBe(PHONE_NUMBER_ID);
  });

  it.each([
    'account_update',
    'message_template_status_update',
    'group_participants_update',
    'calls',
    'history',
    'user_preferences',
    'something_new',
  ])('the field %s is ignored', (field) => {
    const value = { messages: [MESSAGES['text']], event: 'X' };
    only(receive(requestOf(bodyOf(change(value, field)))), 'ignored');
  });

  it('errors that stand alone are ignored', () => {
    const errors = [{ code: 131000, title: 'Something went wrong' }];
    only(receive(requestOf(bodyOf(change({ errors })))), 'ignored');
  });
});

describe('a batch', () => {
  it('of several entries, changes, messages and statuses is read item by item, in order', () => {
    const entry = (id: string, ...lists: Record<string, unknown>[]) => ({
      id,
      changes: lists.map((value) => change(value)),
    });
    const body = {
      object: 'whatsapp_business_account',
      entry: [
        entry(
          '1',
          { messages: [MESSAGES['text'], 'garbage', MESSAGES['image']] },
          { statuses: [STATUSES['sent'], { id: 7.5 }, STATUSES['read']] },
        ),
        'garbage',
        { id: '2', changes: 'garbage' },
        { id: '3', changes: ['garbage', change({ messages: 'garbage' })] },
        entry('4', { messages: [MESSAGES['reaction']], statuses: [STATUSES['failed']] }),
      ],
    };
    const events = receive(requestOf(body));
    expect(events.map((event) => event.kind)).toEqual([
      'message',
      'unreadable',
      'message',
      'status',
      'unreadable',
      'status',
      'unreadable',
      'unreadable',
      'unreadable',
      'unreadable',
      'reaction',
      'status',
    ]);
  });

  it('has the same keys when it comes again, and no key twice', () => {
    const { revoke: _again, ...messages } = MESSAGES;
    const body = bodyOf(
      change({ messages: Object.values(messages) }),
      change({ statuses: [...Object.values(STATUSES), 'garbage', 'rubbish'] }),
      change({ message_echoes: Object.values(ECHOES) }, 'smb_message_echoes'),
      change({ other: 1 }, 'calls'),
    );
    const keys = receive(requestOf(body)).map((event) => event.key);
    expect(receive(requestOf(body)).map((event) => event.key)).toEqual(keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('takes 1000 messages', () => {
    const messages = Array.from({ length: 1000 }, (_, n) => ({ ...MESSAGES['text'], id: `w${n}` }));
    expect(read(...messages)).toHaveLength(1000);
  });
});

describe('a body that is no webhook', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no JSON', Buffer.from('{"object":')],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['null', null],
    ['a list', []],
    ['without entries', { object: 'whatsapp_business_account' }],
    ['nested 100,000 deep', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))],
  ])('%s is one unreadable event', (_case, body) => {
    const request = requestOf(body);
    const event = only(receive(request), 'unreadable');
    expect(event).toMatchObject({ accountExternalId: null, at: null });
    expect(event.key).toBe(createHash('sha256').update(request.body).digest('hex'));
  });

  it('of another product is ignored', () => {
    only(receive(requestOf({ object: 'instagram', entry: [{ id: '1' }] })), 'ignored');
  });

  it('a neighbour nested 100,000 deep loses no message', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const good = JSON.stringify(MESSAGES['text']);
    const odd = `{"id":"w","from":"1","type":"text","text":${deep}}`;
    const body = `{"entry":[{"changes":[{"field":"messages","value":{"messages":[${deep},${good},${odd}]}}]}]}`;
    const events = receive(requestOf(Buffer.from(body)));
    expect(events.map((event) => event.kind)).toEqual(['unreadable', 'message', 'message']);
    expect(new Set(events.map((event) => event.key)).size).toBe(3);
  });

  it('an id sent as a number of 17 digits keeps its digits', () => {
    const body = JSON.stringify(bodyOf(change({ messages: [MESSAGES['text']] }))).replace(
      `"${PHONE_NUMBER_ID}"`,
      '10654035224292217',
    );
    const [event] = receive(requestOf(Buffer.from(body)));
    expect(event?.accountExternalId).toBe('10654035224292217');
  });
});
