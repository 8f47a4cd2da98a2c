import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request, until } from './http.ts';
import {
  BOT,
  type Fixture,
  type Json,
  type Update,
  refusal,
  startFixture,
} from './telegram-fixture.ts';

const ANN = '5001';
const BEN = '5002';
const GROUP = '-4001';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

/** Everything that waits, without confirming it. */
async function waiting(): Promise<Update[]> {
  const { body } = await fixture.bot('getUpdates');
  return body.result as unknown as Update[];
}

/** The kinds of everything that waits; confirmed, so that the next call shows what is new. */
async function drain(): Promise<Update[]> {
  const updates = await waiting();
  await fixture.bot('getUpdates', { offset: (updates.at(-1)?.update_id ?? 0) + 1 });
  return updates;
}

const kinds = (updates: Update[]) => updates.map((update) => Object.keys(update)[1]);

describe('updates of the fake Telegram', () => {
  it('tell about a text with who wrote it, in whole seconds', async () => {
    const [id] = await fixture.write(ANN, { text: '/start now', name: 'Ann Lee', username: 'ann' });
    expect(await waiting()).toEqual([
      {
        update_id: expect.any(Number),
        message: {
          message_id: id,
          from: {
            ...{ id: 5001, is_bot: false, first_name: 'Ann', last_name: 'Lee' },
            ...{ username: 'ann', language_code: 'en' },
          },
          chat: { id: 5001, type: 'private', first_name: 'Ann', last_name: 'Lee', username: 'ann' },
          date: expect.any(Number),
          text: '/start now',
          entities: [{ offset: 0, length: 6, type: 'bot_command' }],
        },
      },
    ]);
    const [update] = await waiting();
    expect(Number(update?.message?.['date'])).toBeLessThan(1e11);
  });

  it('carry every kind of message', async () => {
    const [id] = await fixture.write(ANN, { text: 'question' });
    await drain();
    const attach = (...types: string[]) => ({ attachments: types.map((type) => ({ type })) });
    await fixture.write(ANN, { ...attach('photo'), text: 'look' });
    for (const type of ['document', 'voice', 'sticker', 'animation', 'video_note'])
      await fixture.write(ANN, attach(type));
    await fixture.write(ANN, { contact: { phone_number: '+1', first_name: 'A', user_id: ANN } });
    await fixture.write(ANN, { location: { latitude: 1.5, longitude: -2 } });
    await fixture.write(ANN, { text: 'answer', reply_to: id });
    await fixture.write(ANN, { unsupported: true });
    const messages = (await drain()).map(({ message }) => message);
    expect(messages).toMatchObject([
      { caption: 'look', photo: [{ width: 90 }, { width: 320 }, { width: 1280 }] },
      { document: { file_id: expect.any(String) } },
      { voice: { mime_type: 'audio/ogg' } },
      { sticker: { emoji: '👍' } },
      { animation: {}, document: {} },
      { video_note: { length: 240 } },
      { contact: { phone_number: '+1', user_id: 5001 } },
      { location: { latitude: 1.5, longitude: -2 } },
      { text: 'answer', reply_to_message: { message_id: id, text: 'question' } },
      { kind_of_tomorrow: {} },
    ]);
    const album = await fixture.write(ANN, { ...attach('photo', 'video'), text: 'both' });
    const two = (await drain()).map(({ message }) => message);
    expect(album).toHaveLength(2);
    expect(two[0]).toMatchObject({ caption: 'both', media_group_id: two[1]?.['media_group_id'] });
    expect(two[1]).not.toHaveProperty('caption');
  });

  it('tell about edits, blocks and buttons', async () => {
    const [id = 0] = await fixture.write(ANN, { text: 'helo' });
    const keyboard = { inline_keyboard: [[{ text: 'Yes', callback_data: 'yes' }]] };
    const asked = await fixture.bot('sendMessage', {
      ...{ chat_id: ANN, text: 'Sure?', reply_markup: keyboard },
    });
    await drain();
    await fixture.act(ANN, 'edit', { message_id: id, text: 'hello' });
    const pressed = await fixture.act(ANN, 'callback', { data: 'yes' });
    await fixture.act(ANN, 'block');
    await fixture.act(ANN, 'unblock');
    const updates = await drain();
    expect(updates).toMatchObject([
      { edited_message: { message_id: id, text: 'hello', edit_date: expect.any(Number) } },
      {
        callback_query: {
          id: pressed.body['callback_query_id'],
          from: { id: 5001 },
          data: 'yes',
          chat_instance: expect.any(String),
          message: { message_id: asked.body.result.message_id, reply_markup: keyboard },
        },
      },
      {
        my_chat_member: {
          chat: { type: 'private' },
          old_chat_member: { status: 'member', user: { id: Number(BOT) } },
          new_chat_member: { status: 'kicked', until_date: 0 },
        },
      },
      { my_chat_member: { new_chat_member: { status: 'member' } } },
    ]);
  });

  it('let a button be answered for 150 seconds', async () => {
    await fixture.write(ANN, { text: 'hi' });
    await fixture.bot('sendMessage', { chat_id: ANN, text: 'Sure?' });
    const press = async () =>
      (await fixture.act(ANN, 'callback', { data: 'x' })).body['callback_query_id'];
    const answer = (id: unknown) =>
      fixture.bot('answerCallbackQuery', { callback_query_id: id, text: 'ok', show_alert: true });
    expect((await answer(await press())).body).toEqual({ ok: true, result: true });
    const late = await press();
    await request('POST', `${fixture.sandbox.url}/control/clock`, { advance_ms: 150_001 });
    expect(refusal(await answer(late))).toBe(
      '400 Bad Request: query is too old and response timeout expired or query ID is invalid',
    );
    const { body } = await fixture.control('GET', '/callbacks');
    expect(body['data']).toMatchObject([
      { data: 'x', answer: { text: 'ok', show_alert: true } },
      { answer: null },
    ]);
    expect(kinds(await waiting())).not.toContain('callback_query');
  });

  it('tell about reactions only to a bot that lists them, and in groups only to an admin', async () => {
    const [id = 0] = await fixture.write(ANN, { text: 'hi' });
    await fixture.act(ANN, 'reactions', { message_id: id, emoji: '👍' });
    expect(kinds(await drain())).toEqual(['message']);
    await fixture.bot('getUpdates', { allowed_updates: ['message', 'message_reaction'] });
    await fixture.act(ANN, 'reactions', { message_id: id, emoji: '🔥' });
    await fixture.act(ANN, 'reactions', { message_id: id, emoji: null });
    expect(await drain()).toMatchObject([
      {
        message_reaction: {
          user: { id: 5001 },
          old_reaction: [{ type: 'emoji', emoji: '👍' }],
          new_reaction: [{ type: 'emoji', emoji: '🔥' }],
        },
      },
      { message_reaction: { new_reaction: [] } },
    ]);
    await fixture.act(GROUP, 'join');
    const [there = 0] = await fixture.write(GROUP, { from: BEN, text: '/hi' });
    await fixture.act(GROUP, 'reactions', { message_id: there, emoji: '👍', from: BEN });
    await fixture.act(GROUP, 'promote');
    await fixture.act(GROUP, 'reactions', { message_id: there, emoji: '🔥', from: BEN });
    const told = (await drain()).filter((update) => update['message_reaction']);
    expect(told).toMatchObject([{ message_reaction: { chat: { id: -4001 } } }]);
  });

  it('leave out what allowed_updates does not name, until an empty list brings the default back', async () => {
    await fixture.bot('getUpdates', { allowed_updates: ['edited_message'] });
    const [id = 0] = await fixture.write(ANN, { text: 'one' });
    await fixture.act(ANN, 'edit', { message_id: id, text: 'two' });
    expect(kinds(await drain())).toEqual(['edited_message']);
    await fixture.bot('getUpdates', { allowed_updates: [] });
    await fixture.write(ANN, { text: 'three' });
    expect(kinds(await drain())).toEqual(['message']);
  });

  it('hide the talk of a group from a bot in privacy mode', async () => {
    await fixture.act(GROUP, 'join', { from: BEN });
    const sent = await fixture.bot('sendMessage', { chat_id: GROUP, text: 'I am here' });
    await drain();
    const say = (message: Json) => fixture.write(GROUP, { from: BEN, ...message });
    const texts = async () => (await drain()).map(({ message }) => message?.['text']);
    await say({ text: 'just talking' });
    await say({ text: '/help' });
    await say({ text: 'what does @shop_bot say?' });
    await say({ text: 'I see', reply_to: sent.body.result.message_id });
    expect(await texts()).toEqual(['/help', 'what does @shop_bot say?', 'I see']);
    await fixture.control('PUT', `/accounts/${BOT}`, { privacy: false });
    await say({ text: 'now you hear me' });
    expect(await texts()).toEqual(['now you hear me']);
  });

  it('show an anonymous admin as the group', async () => {
    await fixture.act(GROUP, 'join');
    await drain();
    await fixture.write(GROUP, { anonymous: true, text: '/rules' });
    expect((await drain())[0]?.message).toMatchObject({
      from: { id: 1087968824, is_bot: true, username: 'GroupAnonymousBot' },
      sender_chat: { id: -4001, type: 'group' },
      chat: { id: -4001 },
    });
  });

  it('tell about groups: joined, moved to another id, kicked', async () => {
    await fixture.control('POST', '/customers', {
      ...{ account: BOT, customer_id: GROUP, title: 'Tasters', bot_status: 'left' },
    });
    await fixture.act(GROUP, 'join', { from: { id: BEN, name: 'Ben Ray' } });
    expect(await drain()).toMatchObject([
      {
        my_chat_member: {
          chat: { title: 'Tasters', type: 'group' },
          from: { first_name: 'Ben' },
          old_chat_member: { status: 'left' },
          new_chat_member: { status: 'member' },
        },
      },
      { message: { new_chat_members: [{ id: Number(BOT) }] } },
    ]);
    await fixture.act(GROUP, 'migrate', { to: '-1009', from: BEN });
    expect(await drain()).toMatchObject([
      { message: { chat: { id: -4001, type: 'group' }, migrate_to_chat_id: -1009 } },
      { message: { chat: { id: -1009, type: 'supergroup' }, migrate_from_chat_id: -4001 } },
    ]);
    await fixture.act('-1009', 'kick', { from: BEN });
    await fixture.write('-1009', { from: BEN, text: '/anyone?' });
    expect(await drain()).toMatchObject([
      { my_chat_member: { new_chat_member: { status: 'kicked' } } },
    ]);
  });

  it('can be anything a test gives', async () => {
    await fixture.act(ANN, 'raw', {
      updates: [{ message: { story: { id: 1 } } }, { update_of_tomorrow: { a: 1 } }],
    });
    expect(await drain()).toMatchObject([
      { message: { from: { id: 5001 }, chat: { id: 5001 }, story: { id: 1 } } },
      { update_of_tomorrow: { a: 1 } },
    ]);
  });
});

describe('getUpdates of the fake Telegram', () => {
  const ids = (updates: Update[]) => updates.map(({ update_id: id }) => id);
  const get = async (body: Json) =>
    (await fixture.bot('getUpdates', body)).body.result as unknown as Update[];

  it('gives the same updates until an offset confirms them', async () => {
    for (const text of ['1', '2', '3']) await fixture.write(ANN, { text });
    const [first = 0, second = 0, third = 0] = ids(await get({}));
    expect([second, third]).toEqual([first + 1, first + 2]);
    expect(ids(await get({ limit: 2 }))).toEqual([first, second]);
    expect(ids(await get({ offset: second }))).toEqual([second, third]);
    expect(ids(await get({ offset: -1 }))).toEqual([third]);
    expect(ids(await get({}))).toEqual([third]);
  });

  /** A call that is waiting at the sandbox when this resolves. */
  async function poll(): Promise<{ answer: ReturnType<Fixture['bot']> }> {
    const answer = fixture.bot('getUpdates', { timeout: 50 });
    await until('the call waits', async () => {
      const { body } = await fixture.control('GET', '/received?path=getUpdates');
      const calls = body['data'] as { status: number | null }[];
      return calls.at(-1)?.status === null;
    });
    return { answer };
  }

  it('waits for the next update', async () => {
    const { answer } = await poll();
    await fixture.write(ANN, { text: 'there you are' });
    expect((await answer).body.result).toMatchObject([{ message: { text: 'there you are' } }]);
  });

  it('ends an earlier call, and is refused while a webhook is set', async () => {
    const first = await poll();
    const second = await poll();
    expect(refusal(await first.answer)).toBe(
      '409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    );
    await fixture.listen();
    expect(refusal(await second.answer)).toBe('409 Conflict: terminated by setWebhook request');
    expect(refusal(await fixture.bot('getUpdates'))).toBe(
      "409 Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  });

  it('drops what is older than a day', async () => {
    await fixture.write(ANN, { text: 'old' });
    await request('POST', `${fixture.sandbox.url}/control/clock`, { advance_ms: 24 * 3_600_000 });
    await fixture.write(ANN, { text: 'new' });
    expect((await get({})).map(({ message }) => message?.['text'])).toEqual(['new']);
  });
});
