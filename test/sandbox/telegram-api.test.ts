import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request } from './http.ts';
import {
  BOT,
  type Fixture,
  TOKEN,
  type TelegramAnswer,
  refusal,
  startFixture,
} from './telegram-fixture.ts';

const ANN = '5001';
const GROUP = '-4001';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

const send = (body: object) => fixture.bot('sendMessage', { chat_id: Number(ANN), ...body });

describe('sending on the fake Telegram', () => {
  it('answers with the message, and counts the ids of each chat on its own', async () => {
    const [first = 0] = await fixture.write(ANN, {
      text: 'hello',
      name: 'Ann Lee',
      username: 'ann',
    });
    const { status, body } = await send({ text: 'good morning' });
    expect(status).toBe(200);
    expect(body).toEqual({
      ok: true,
      result: {
        message_id: first + 1,
        from: { id: Number(BOT), is_bot: true, first_name: 'shop_bot', username: 'shop_bot' },
        chat: { id: 5001, type: 'private', first_name: 'Ann', last_name: 'Lee', username: 'ann' },
        date: expect.any(Number),
        text: 'good morning',
      },
    });
    await fixture.write('5002', { text: 'hello' });
    const other = await fixture.bot('sendMessage', { chat_id: '5002', text: 'hi' });
    expect(other.body.result.message_id).toBe(first + 1);
  });

  it('takes JSON, a form, multipart and a query, and a method in any case', async () => {
    await fixture.write(ANN, { text: 'hello' });
    const url = `${fixture.sandbox.url}/telegram/bot${TOKEN}/sendMESSAGE`;
    const form = new FormData();
    form.set('chat_id', ANN);
    form.set('text', 'multipart');
    const calls = [
      fetch(`${url}?chat_id=${ANN}&text=query`),
      fetch(url, { method: 'POST', body: new URLSearchParams({ chat_id: ANN, text: 'form' }) }),
      fetch(url, { method: 'POST', body: form }),
    ];
    for (const call of calls) expect((await call).status).toBe(200);
  });

  it('carries text unchanged, escaped to ASCII on the wire', async () => {
    await fixture.write(ANN, { text: 'hello' });
    const text = '👨‍👩‍👧 עברית e\u0301 𝒳 🏳️‍🌈';
    const url = `${fixture.sandbox.url}/telegram/bot${TOKEN}/sendMessage`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ chat_id: ANN, text }),
    });
    const raw = await answer.text();
    expect(raw).toMatch(/^[\x20-\x7e]*$/);
    expect((JSON.parse(raw) as TelegramAnswer).result['text']).toBe(text);
  });

  it('counts the length of texts and captions', async () => {
    await fixture.write(ANN, { text: 'hello' });
    expect((await send({ text: 'x'.repeat(4096) })).status).toBe(200);
    expect(refusal(await send({ text: 'x'.repeat(4097) }))).toBe(
      '400 Bad Request: message is too long',
    );
    expect(refusal(await send({ text: '😀'.repeat(2049) }))).toMatch(/too long/);
    await fixture.settings({ length_unit: 'code_points' });
    expect((await send({ text: '😀'.repeat(4096) })).status).toBe(200);
    const photo = 'https://example.com/a.png';
    const withCaption = (caption: string) =>
      fixture.bot('sendPhoto', { chat_id: ANN, photo, caption });
    expect((await withCaption('x'.repeat(1024))).status).toBe(200);
    expect(refusal(await withCaption('x'.repeat(1025)))).toBe(
      '400 Bad Request: message caption is too long',
    );
    expect(refusal(await send({ text: ' \n' }))).toBe('400 Bad Request: message text is empty');
  });

  it('reads HTML, and refuses what it cannot parse', async () => {
    await fixture.write(ANN, { text: 'hello' });
    const { body } = await send({ text: 'a <b>bold</b> &lt;word&gt;', parse_mode: 'HTML' });
    expect(body.result).toMatchObject({
      text: 'a bold <word>',
      entities: [{ offset: 2, length: 4, type: 'bold' }],
    });
    expect(refusal(await send({ text: '1 < <x>2', parse_mode: 'HTML' }))).toMatch(
      /^400 Bad Request: can't parse entities/,
    );
  });

  it('quotes the message that is answered, one level deep', async () => {
    const [first = 0] = await fixture.write(ANN, { text: 'question' });
    const one = await send({ text: 'answer', reply_parameters: { message_id: first } });
    expect(one.body.result['reply_to_message']).toMatchObject({
      message_id: first,
      text: 'question',
    });
    const two = await send({ text: 'more', reply_to_message_id: one.body.result.message_id });
    expect(two.body.result['reply_to_message']).not.toHaveProperty('reply_to_message');
    expect(refusal(await send({ text: 'x', reply_parameters: { message_id: 7 } }))).toBe(
      '400 Bad Request: message to be replied not found',
    );
    const lenient = { message_id: 7, allow_sending_without_reply: true };
    expect((await send({ text: 'x', reply_parameters: lenient })).status).toBe(200);
  });

  it('asks for a pause where the settings set a limit', async () => {
    await fixture.write(ANN, { text: 'hello' });
    await fixture.settings({ chat_per_second: 1 });
    expect((await send({ text: 'one' })).status).toBe(200);
    const second = await send({ text: 'two' });
    expect(refusal(second)).toBe('429 Too Many Requests: retry after 1');
    expect(second.body.parameters).toEqual({ retry_after: 1 });
    expect(second.headers.get('retry-after')).toBe('1');
  });
});

describe('who can be written to', () => {
  it('knows strangers from people who have not pressed Start', async () => {
    expect(refusal(await send({ text: 'hi' }))).toBe('400 Bad Request: chat not found');
    expect(refusal(await fixture.bot('sendMessage', { text: 'hi' }))).toBe(
      '400 Bad Request: chat_id is empty',
    );
    await fixture.control('POST', '/customers', { account: BOT, customer_id: ANN });
    expect(refusal(await send({ text: 'hi' }))).toBe(
      "403 Forbidden: bot can't initiate conversation with a user",
    );
    await fixture.write(ANN, { text: '/start' });
    expect((await send({ text: 'hi' })).status).toBe(200);
  });

  it('refuses after a block and for a deleted account', async () => {
    await fixture.write(ANN, { text: 'hello' });
    await fixture.act(ANN, 'block');
    expect(refusal(await send({ text: 'hi' }))).toBe('403 Forbidden: bot was blocked by the user');
    expect((await fixture.act(ANN, 'messages', { text: 'but' })).status).toBe(409);
    await fixture.act(ANN, 'unblock');
    expect((await send({ text: 'hi' })).status).toBe(200);
    await fixture.control('PUT', `/customers/${ANN}`, { account: BOT, deactivated: true });
    expect(refusal(await send({ text: 'hi' }))).toBe('403 Forbidden: user is deactivated');
  });

  it('refuses a group that removed the bot, and one that became a supergroup', async () => {
    const toGroup = () => fixture.bot('sendMessage', { chat_id: GROUP, text: 'hi' });
    await fixture.act(GROUP, 'join');
    expect((await toGroup()).status).toBe(200);
    await fixture.act(GROUP, 'kick');
    expect(refusal(await toGroup())).toBe('403 Forbidden: bot was kicked from the group chat');
    await fixture.act(GROUP, 'join');
    const { body } = await fixture.act(GROUP, 'migrate', { to: '-1001234567890' });
    expect(body['migrate_to_chat_id']).toBe('-1001234567890');
    const moved = await toGroup();
    expect(refusal(moved)).toBe('400 Bad Request: group chat was upgraded to a supergroup chat');
    expect(moved.body.parameters).toEqual({ migrate_to_chat_id: -1001234567890 });
    const there = await fixture.bot('sendMessage', { chat_id: -1001234567890, text: 'hi' });
    expect(there.body.result['chat']).toMatchObject({ type: 'supergroup', id: -1001234567890 });
  });
});

describe('tokens and methods of the fake Telegram', () => {
  it('says whose the token is, and refuses others', async () => {
    expect((await fixture.bot('getMe')).body.result).toEqual({
      ...{ id: Number(BOT), is_bot: true, first_name: 'shop_bot', username: 'shop_bot' },
      ...{ can_join_groups: true, can_read_all_group_messages: false },
      ...{
        supports_inline_queries: false,
        has_topics_enabled: false,
        allows_users_to_create_topics: false,
        can_connect_to_business: false,
      },
      ...{ supports_guest_queries: false, can_manage_bots: false },
      has_main_web_app: false,
    });
    const at = (path: string) =>
      request<TelegramAnswer>('GET', `${fixture.sandbox.url}/telegram${path}`);
    expect(refusal(await at(`/bot${BOT}:wrong/getMe`))).toBe('401 Unauthorized');
    expect(refusal(await at('/botnonsense/getMe'))).toBe(
      '401 Unauthorized: invalid token specified',
    );
    await fixture.settings({ malformed_token_status: 404 });
    expect(refusal(await at('/botnonsense/getMe'))).toBe('404 Not Found');
    expect(refusal(await at('/nothing'))).toBe('404 Not Found');
    expect(refusal(await at(`/bot${TOKEN}/doMagic`))).toBe('404 Not Found: method not found');
    await fixture.control('PUT', `/accounts/${BOT}`, { token: 'revoked' });
    expect(refusal(await fixture.bot('getMe'))).toBe('401 Unauthorized');
  });

  it('keeps the token out of the ledger', async () => {
    await fixture.bot('getMe');
    const { body } = await fixture.control('GET', '/received?path=getMe');
    expect(body['data']).toMatchObject([{ path: `/telegram/bot${BOT}/getMe`, status: 200 }]);
    expect(JSON.stringify(body)).not.toContain(TOKEN);
  });

  it('keeps the secret of the webhook out of the ledger, however it was given', async () => {
    const url = `${fixture.sandbox.url}/telegram/bot${TOKEN}/setWebhook`;
    const given = { url: 'http://127.0.0.1:9/hook', secret_token: 'canary-1' };
    await fixture.bot('setWebhook', given);
    await fetch(url, { method: 'POST', body: new URLSearchParams(given) });
    await fetch(`${url}?${new URLSearchParams(given).toString()}`);
    const { body } = await fixture.control('GET', '/received?path=setWebhook');
    expect(body['data']).toHaveLength(3);
    expect(JSON.stringify(body)).not.toContain('canary');
  });

  it('plays faults of the queue, also as a page of HTML', async () => {
    await fixture.write(ANN, { text: 'hello' });
    await fixture.control('PUT', '/faults', [
      { match: 'sendMessage', status: 502, body: '<html>Bad Gateway</html>' },
      { match: 'sendMessage', mode: 'apply-then-drop' },
    ]);
    const page = await send({ text: 'one' });
    expect(page.status).toBe(502);
    expect(page.headers.get('content-type')).toMatch(/html/);
    await expect(send({ text: 'two' })).rejects.toThrow();
    const { body } = await fixture.control('GET', `/customers/${ANN}`);
    const [chat] = body['data'] as { messages: { content: object }[] }[];
    expect(chat?.messages.map(({ content }) => content)).toEqual([
      { text: 'hello' },
      { text: 'two' },
    ]);
  });
});

describe('changing messages on the fake Telegram', () => {
  it('edits only its own texts', async () => {
    const [theirs = 0] = await fixture.write(ANN, { text: 'hello' });
    const { body } = await send({ text: 'helo' });
    const edit = (id: number, text: string) =>
      fixture.bot('editMessageText', { chat_id: ANN, message_id: id, text });
    const edited = await edit(body.result.message_id, 'hello!');
    expect(edited.body.result).toMatchObject({ text: 'hello!', edit_date: expect.any(Number) });
    expect(refusal(await edit(body.result.message_id, 'hello!'))).toMatch(
      /^400 Bad Request: message is not modified/,
    );
    expect(refusal(await edit(theirs, 'x'))).toBe("400 Bad Request: message can't be edited");
    expect(refusal(await edit(1, 'x'))).toBe('400 Bad Request: message to edit not found');
  });

  it('deletes messages of the last two days', async () => {
    await fixture.write(ANN, { text: 'hello' });
    const remove = (id: number) => fixture.bot('deleteMessage', { chat_id: ANN, message_id: id });
    const first = (await send({ text: 'one' })).body.result.message_id;
    expect((await remove(first)).body).toEqual({ ok: true, result: true });
    expect(refusal(await remove(first))).toBe('400 Bad Request: message to delete not found');
    const second = (await send({ text: 'two' })).body.result.message_id;
    await request('POST', `${fixture.sandbox.url}/control/clock`, { advance_ms: 49 * 3_600_000 });
    expect(refusal(await remove(second))).toBe(
      "400 Bad Request: message can't be deleted for everyone",
    );
  });

  it('reacts with one emoji of the list', async () => {
    const [id = 0] = await fixture.write(ANN, { text: 'hello' });
    const react = (...emoji: string[]) =>
      fixture.bot('setMessageReaction', {
        chat_id: ANN,
        message_id: id,
        reaction: emoji.map((one) => ({ type: 'emoji', emoji: one })),
      });
    for (const emoji of ['👍', '❤️', '❤‍🔥', '👨‍💻', '🤷‍♀'])
      expect((await react(emoji)).body).toEqual({ ok: true, result: true });
    expect(refusal(await react('🧀'))).toBe('400 Bad Request: REACTION_INVALID');
    expect(refusal(await react('👍', '👎'))).toBe('400 Bad Request: REACTIONS_TOO_MANY');
    expect((await react()).status).toBe(200);
  });
});
