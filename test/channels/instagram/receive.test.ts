import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { ChannelEvent } from '../../../src/channels/channel.ts';
import { receive } from '../../../src/channels/instagram/receive.ts';
import {
  ACCOUNT,
  AT,
  bodyOf,
  CUSTOMER,
  DOCUMENTED,
  item,
  only,
  ownItem,
  requestOf,
} from './payloads.ts';

function read(...items: unknown[]): ChannelEvent[] {
  return receive(requestOf(bodyOf(...items)));
}

const url = 'https://cdn.example/a?sig=1';
const from = { accountExternalId: ACCOUNT, at: AT, customer: { externalId: CUSTOMER } };

describe('a customer writes', () => {
  it.each([
    ['text', { type: 'text', text: 'Olá 👋🏽', attachments: [] }],
    ['image', { type: 'image', text: null, attachments: [{ type: 'image', url }] }],
    ['video', { type: 'video', text: null, attachments: [{ type: 'video', url }] }],
    ['audio', { type: 'audio', text: null, attachments: [{ type: 'audio', url }] }],
    ['file', { type: 'document', text: null, attachments: [{ type: 'document', url }] }],
    ['reel', { type: 'share', text: null, attachments: [{ type: 'share', url, title: 'A reel' }] }],
    ['storyMention', { type: 'share', text: null, attachments: [{ type: 'share', url }] }],
    [
      'ephemeral',
      { type: 'unsupported', text: null, attachments: [{ type: 'other', title: 'ephemeral' }] },
    ],
    ['unsupported', { type: 'unsupported', text: null, attachments: [] }],
    ['quickReply', { type: 'text', text: 'Red', attachments: [], payload: 'RED' }],
    ['referred', { type: 'text', text: 'hi', attachments: [] }],
    [
      'storyReply',
      { type: 'text', text: 'nice', attachments: [{ type: 'share', url, title: 'story' }] },
    ],
    ['postback', { type: 'postback', text: 'Start', attachments: [], payload: 'START' }],
  ])('%s', (kind, content) => {
    const event = only(read(DOCUMENTED[kind]), 'message');
    expect(event).toMatchObject({ ...from, content, replyTo: null });
    expect(event.key).toMatch(/^(message|postback):m-/);
  });

  it('in reply to a message', () => {
    expect(only(read(DOCUMENTED['reply']), 'message').replyTo).toBe('m-before');
  });

  it('and one odd attachment loses neither the others nor the text', () => {
    const attachments = [null, 7, { type: 'image', payload: { url } }, { type: 'constructor' }];
    const odd = item({ message: { mid: 'm1', text: 'see', attachments } });
    const { content } = only(read(odd), 'message');
    expect(content).toEqual({
      type: 'image',
      text: 'see',
      attachments: [
        { type: 'image', url },
        { type: 'other', title: 'constructor' },
      ],
      details: { platform_data: { content: { attachments: [7] }, truncated: false } },
    });
  });

  it('and a link that is no web address is left out', () => {
    const attachments = [{ type: 'image', payload: { url: 'javascript:alert(1)' } }];
    const { content } = only(read(item({ message: { mid: 'm1', attachments } })), 'message');
    expect(content.attachments).toEqual([{ type: 'image' }]);
  });

  it('text that PostgreSQL would refuse is mended, everything else kept', () => {
    const message = only(
      read(item({ message: { mid: 'm1', text: 'a\0b \ud83d 🇧🇷\u202e' } })),
      'message',
    );
    expect(message.content.text).toBe('a\ufffdb \ufffd 🇧🇷\u202e');
  });
});

describe('what is not a customer writing', () => {
  it('an echo has its directions swapped and is never a customer message', () => {
    const echo = only(read(DOCUMENTED['echo']), 'echo');
    expect(echo).toMatchObject({
      ...from,
      platformMessageId: 'm-echo',
      content: { text: 'Hello' },
    });
  });

  it('a message from the account without the flag is an echo too', () => {
    const echo = only(read(ownItem({ message: { mid: 'm1', text: 'x' } })), 'echo');
    expect(echo.customer.externalId).toBe(CUSTOMER);
  });

  it.each([true, 'true', 'True', 1, '1'])('a flag may be written as %j', (yes) => {
    const echo = ownItem({ message: { mid: 'm1', text: 'x', is_echo: yes } });
    expect(only(read(echo), 'echo').customer.externalId).toBe(CUSTOMER);
    only(read(item({ message: { mid: 'm1', is_deleted: yes } })), 'deleted');
    only(read(item({ message: { mid: 'm1', text: 'x', is_self: yes } })), 'ignored');
    const unsupported = item({ message: { mid: 'm1', is_unsupported: yes } });
    expect(only(read(unsupported), 'message').content.type).toBe('unsupported');
  });

  it.each([false, 'false', 0, null, ''])('%j is no flag', (no) => {
    const flags = { is_echo: no, is_deleted: no, is_unsupported: no, is_self: no };
    const plain = item({ message: { mid: 'm1', text: 'x', ...flags } });
    expect(only(read(plain), 'message').content).toEqual({
      type: 'text',
      text: 'x',
      attachments: [],
    });
  });

  it('a flag that is neither is not guessed where it would change who wrote or what is left', () => {
    for (const odd of [{ is_echo: 'maybe' }, { is_deleted: {} }])
      only(read(item({ message: { mid: 'm1', text: 'x', ...odd } })), 'unreadable');
    only(read(item({ message: { mid: 'm1', text: 'x', is_unsupported: 'maybe' } })), 'message');
  });

  it('an unsent message, an edit, and their keys', () => {
    expect(only(read(DOCUMENTED['unsend']), 'deleted')).toEqual({
      ...from,
      kind: 'deleted',
      key: 'deleted:m-text',
      platformMessageId: 'm-text',
      by: 'customer',
    });
    expect(only(read(DOCUMENTED['edit']), 'edited')).toEqual({
      ...from,
      kind: 'edited',
      key: 'edited:m-text:1',
      platformMessageId: 'm-text',
      by: 'customer',
      content: { type: 'text', text: 'Olá!', attachments: [] },
      wordsOnly: true,
      revision: 1,
      isCount: true,
    });
  });

  it('what the owner edits, takes back or reacts to is told as the owner’s', () => {
    for (const said of [
      { message: { mid: 'm1', is_echo: true, is_deleted: true } },
      { message_edit: { mid: 'm1', text: 'better', num_edit: 1 } },
      { reaction: { mid: 'm1', action: 'react', emoji: '❤️' } },
    ])
      expect(read(ownItem(said))[0]).toMatchObject({
        by: 'owner',
        customer: { externalId: CUSTOMER },
      });
  });

  it.each([
    ['newTold', 'm-new', { externalId: CUSTOMER }],
    ['newAlone', 'm-alone', null],
  ])('a new message that is told as edit 0, without its content: %s', (kind, mid, customer) => {
    expect(only(read(DOCUMENTED[kind]), 'untold')).toEqual({
      accountExternalId: ACCOUNT,
      at: AT,
      kind: 'untold',
      key: `untold:${mid}`,
      platformMessageId: mid,
      customer,
      by: 'customer',
      content: null,
    });
  });

  it('an edit without words changes nothing, whatever its number', () => {
    for (const text of [undefined, null, ''])
      only(read(item({ message_edit: { mid: 'm1', num_edit: '1', text } })), 'ignored');
    only(read(item({ message_edit: { mid: 'm1' } })), 'untold');
    only(read(item({ message_edit: { mid: 'm1', num_edit: 'x', text: 'a' } })), 'edited');
    only(read(item({ message_edit: { num_edit: 0 } })), 'unreadable');
    only(read(item({ message_edit: 'x' })), 'unreadable');
  });

  it('an edit of a number that no column takes has none', () => {
    const numbered = (num_edit: number) =>
      item({ message_edit: { mid: 'm1', text: 'a', num_edit } });
    expect(only(read(numbered(2_147_483_647)), 'edited').revision).toBe(2_147_483_647);
    expect(only(read(numbered(2_147_483_648)), 'edited').revision).toBeNull();
  });

  it('the words that a new message told as edit 0 does have are not lost', () => {
    const told = item({ message_edit: { mid: 'm1', num_edit: '0', text: 'hello' } });
    expect(only(read(told), 'untold').content).toMatchObject({ type: 'text', text: 'hello' });
  });

  it('a reaction and its removal', () => {
    expect(only(read(DOCUMENTED['react']), 'reaction')).toMatchObject({
      ...from,
      key: `reaction:m-echo:customer:react:❤️:${AT}`,
      action: 'react',
      emoji: '❤️',
    });
    expect(only(read(DOCUMENTED['unreact']), 'reaction')).toMatchObject({
      key: `reaction:m-echo:customer:unreact::${AT}`,
      action: 'unreact',
      emoji: null,
    });
  });

  it('a reaction that has no emoji but its name has none', () => {
    for (const given of [{ reaction: 'love' }, { emoji: 'love' }, {}])
      expect(
        only(read(item({ reaction: { mid: 'm1', action: 'react', ...given } })), 'reaction').emoji,
      ).toBeNull();
    for (const emoji of ['❤', '1\ufe0f\u20e3', '🇧🇷', '👍🏽'])
      expect(
        only(read(item({ reaction: { mid: 'm1', action: 'react', emoji } })), 'reaction').emoji,
      ).toBe(emoji);
  });

  it('seen holds for earlier messages too', () => {
    expect(only(read(DOCUMENTED['seen']), 'status')).toMatchObject({
      ...from,
      key: 'read:m-echo',
      status: 'read',
      platformMessageId: 'm-echo',
      earlierToo: true,
      callbackData: null,
    });
  });

  it('a delivery, where one comes, tells of each message it names', () => {
    const events = read(DOCUMENTED['delivery']);
    expect(events.map((event) => event.key)).toEqual(['delivered:m-echo', 'delivered:m-other']);
    expect(events.every((event) => event.kind === 'status')).toBe(true);
  });

  it.each([
    ['the chat with itself', DOCUMENTED['self']],
    ['a watermark that names no message', DOCUMENTED['watermark']],
    ['what we read ourselves', ownItem({ read: { mid: 'm1' } })],
    ['a kind we do not know', item({ hologram: { mid: 'm1' } })],
  ])('%s is ignored', (_case, ignored) => {
    expect(only(read(ignored), 'ignored').accountExternalId).toBe(ACCOUNT);
  });
});

describe('a batch', () => {
  it('is read entry by entry and item by item, in order', () => {
    const body = {
      object: 'instagram',
      entry: [
        { id: '1', time: AT, messaging: [item({ message: { mid: 'a', text: '1' } }), 'garbage'] },
        'garbage',
        { id: '2', time: AT, messaging: [{ message: { mid: 7 } }, item({ read: { mid: 'b' } })] },
        { id: '3', time: AT, standby: [item({ message: { mid: 'c' } })] },
        { id: '4', time: AT, messaging: 'garbage' },
      ],
    };
    const events = receive(requestOf(body));
    expect(events.map((event) => [event.accountExternalId, event.kind])).toEqual([
      ['1', 'message'],
      ['1', 'unreadable'],
      [null, 'unreadable'],
      ['2', 'unreadable'],
      ['2', 'status'],
      ['3', 'message'],
      ['4', 'unreadable'],
    ]);
  });

  it('has the same keys when it comes again, and no key twice', () => {
    const items = Object.values(DOCUMENTED);
    const keys = read(...items, 'garbage', 'rubbish').map((event) => event.key);
    expect(read(...items, 'garbage', 'rubbish').map((event) => event.key)).toEqual(keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('takes 1000 entries', () => {
    const entry = Array.from({ length: 1000 }, (_, n) => ({
      id: ACCOUNT,
      messaging: [item({ message: { mid: `m${n}`, text: 'x' } })],
    }));
    expect(receive(requestOf({ object: 'instagram', entry }))).toHaveLength(1000);
  });

  it('gives what it cannot read the hash of that item as key', () => {
    const [event] = read('garbage');
    expect(event?.key).toBe(createHash('sha256').update('"garbage"').digest('hex'));
  });
});

describe('changes', () => {
  it('of the dashboard test carry a messaging item with seconds as a string', () => {
    const value = item({ timestamp: '1527459824', message: { mid: 'm1', text: 'random_text' } });
    const body = {
      object: 'instagram',
      entry: [{ id: '0', time: 1, changes: [{ field: 'messages', value }] }],
    };
    const event = only(receive(requestOf(body)), 'message');
    expect(event).toMatchObject({ accountExternalId: '0', at: 1_527_459_824_000 });
  });

  it('of other kinds are ignored', () => {
    const changes = [{ field: 'comments', value: { id: '1', text: 'wow' } }];
    const body = { object: 'instagram', entry: [{ id: ACCOUNT, time: 1_569_262_485, changes }] };
    expect(only(receive(requestOf(body)), 'ignored').at).toBe(1_569_262_485_000);
  });
});

describe('a body that is no webhook', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no JSON', Buffer.from('{"object":')],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['null', null],
    ['a list', []],
    ['without entries', { object: 'instagram' }],
    ['a number for entries', { object: 'instagram', entry: 3 }],
    ['nested 100,000 deep', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))],
  ])('%s is one unreadable event', (_case, body) => {
    const request = requestOf(body);
    const event = only(receive(request), 'unreadable');
    expect(event).toMatchObject({ accountExternalId: null, at: null });
    expect(event.key).toBe(createHash('sha256').update(request.body).digest('hex'));
  });

  it('of another product is ignored, and an empty one has no events', () => {
    only(receive(requestOf({ object: 'page', entry: [{ id: '1', messaging: [] }] })), 'ignored');
    expect(receive(requestOf({ object: 'instagram', entry: [] }))).toEqual([]);
  });

  it('a neighbour nested 100,000 deep loses no message', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const good = JSON.stringify(DOCUMENTED['text']);
    const body = `{"object":"instagram","entry":[{"id":"1","messaging":[${deep},${good},{"x":${deep}}]}]}`;
    const events = receive(requestOf(Buffer.from(body)));
    expect(events.map((event) => event.kind)).toEqual(['unreadable', 'message', 'ignored']);
    expect(new Set(events.map((event) => event.key)).size).toBe(3);
  });

  it('an id sent as a number of 17 digits keeps its digits', () => {
    const good = JSON.stringify(DOCUMENTED['text']);
    const body = `{"object":"instagram","entry":[{"id":17841400000000123,"messaging":[${good}]}]}`;
    expect(receive(requestOf(Buffer.from(body)))[0]?.accountExternalId).toBe('17841400000000123');
  });

  it('__proto__ is a name like any other', () => {
    const odd = '{"__proto__":{"message":{"mid":"m1"}},"sender":{"id":"1"},"recipient":{"id":"2"}}';
    const body = `{"object":"instagram","entry":[{"id":"2","messaging":[${odd}]}]}`;
    only(receive(requestOf(Buffer.from(body))), 'ignored');
    expect(Object.hasOwn(Object.prototype, 'message')).toBe(false);
  });
});
