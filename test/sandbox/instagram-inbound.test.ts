import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from './http.ts';
import { ACCOUNT, type Fixture, startFixture } from './instagram-fixture.ts';

let fixture: Fixture;
let mid: string;
beforeAll(async () => {
  fixture = await startFixture();
  mid = await fixture.write('c1', { text: 'hello' });
});
afterAll(() => fixture.close());

/** What the webhook adds to sender, recipient and timestamp after this action. */
async function added(path: string, body: object): Promise<object> {
  const before = fixture.receiver.items().length;
  await until('earlier webhooks arrive', () => fixture.receiver.items().length >= 1);
  const url = `/instagram/customers/c1/${path}`;
  const answer = await fixture.control('POST', url, { account: ACCOUNT, ...body });
  expect(answer.status).toBe(200);
  const isNew = () => fixture.receiver.items().length > Math.max(before, 1);
  await until('the webhook arrives', isNew);
  const { sender: _s, recipient: _r, timestamp: _t, ...rest } = fixture.receiver.items().at(-1)!;
  return rest;
}

const image = { type: 'image', url: 'https://example.com/a.png' };

describe('what a person does reaches the webhook as', () => {
  it.each([
    [
      'an attachment',
      { attachments: [image] },
      { attachments: [{ type: 'image', payload: { url: image.url } }] },
    ],
    [
      'view-once media without an address',
      { attachments: [{ type: 'ephemeral' }] },
      { attachments: [{ type: 'ephemeral' }] },
    ],
    [
      'a reply to a story',
      { text: 'nice', story: { id: 's1', url: 'https://example.com/s' } },
      { text: 'nice', reply_to: { story: { id: 's1', url: 'https://example.com/s' } } },
    ],
    [
      'a quick reply',
      { text: 'Yes', quick_reply: 'YES' },
      { text: 'Yes', quick_reply: { payload: 'YES' } },
    ],
    ['something unsupported', { unsupported: true }, { is_unsupported: true }],
  ])('%s', async (_name, given, expected) => {
    expect(await added('messages', given)).toEqual({
      message: { mid: expect.any(String), ...expected },
    });
  });

  it('a reply, a reaction, its end, an edit and an unsend of one message', async () => {
    expect(await added('messages', { text: 'this', reply_to: mid })).toEqual({
      message: { mid: expect.any(String), text: 'this', reply_to: { mid } },
    });
    expect(await added('reactions', { mid, emoji: '❤️' })).toEqual({
      reaction: { mid, action: 'react', reaction: 'love', emoji: '❤️' },
    });
    expect(await added('reactions', { mid, emoji: null })).toEqual({
      reaction: { mid, action: 'unreact' },
    });
    expect(await added('edit', { mid, text: 'hello!' })).toEqual({
      message_edit: { mid, text: 'hello!', num_edit: 1 },
    });
    expect(await added('unsend', { mid })).toEqual({ message: { mid, is_deleted: true } });
  });

  it('a tap, a message typed in the app, and items exactly as given', async () => {
    expect(await added('postbacks', { title: 'Start', payload: 'START' })).toEqual({
      postback: { mid: expect.any(String), title: 'Start', payload: 'START' },
    });
    expect(await added('app-messages', { text: 'from the phone' })).toEqual({
      message: { mid: expect.any(String), text: 'from the phone', is_echo: true },
    });
    expect(await added('raw', { items: [{ surprise: { new: true } }] })).toEqual({
      surprise: { new: true },
    });
  });

  it('seen, for the newest message of the account', async () => {
    const { body } = await fixture.send('c1', 'look');
    await until('the echo arrives', () =>
      fixture.receiver.items().some(({ message }) => message?.['mid'] === body.message_id),
    );
    expect(await added('seen', {})).toEqual({ read: { mid: body.message_id } });
  });
});
