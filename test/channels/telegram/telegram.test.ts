import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ChannelAccount, SendRequest } from '../../../src/channels/channel.ts';
import { createTelegram } from '../../../src/channels/telegram/index.ts';
import type { MediaContent, OutgoingContent } from '../../../src/domain/outgoing-content.ts';
import { answer, listen, replies, type Reply } from '../tcp-server.ts';
import { account, BOT, OTHERS, PERSON, requestOf, SUPERGROUP, TOKEN, update } from './payloads.ts';

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
});

/** A connector before a server that replies so. */
async function before(reply: Reply) {
  const server = await listen({ reply });
  closing.push(server.close);
  return { channel: createTelegram({ apiUrl: server.url }), requests: server.requests };
}

function request(more: Partial<SendRequest> = {}): SendRequest {
  return {
    recipientId: PERSON,
    content: { type: 'text', text: 'Olá "você" 👋🏽\n' },
    refersTo: null,
    customerWroteAt: null,
    callbackData: 'msg_1',
    deadline: performance.now() + 5000,
    answerTimeoutMs: 5000,
    ...more,
  };
}

function media(more: Partial<MediaContent> & Pick<MediaContent, 'type'>): MediaContent {
  const nothing = { mediaId: null, caption: null, fileName: null, mimeType: null, sizeBytes: null };
  return { url: 'https://cdn.example/file', ...nothing, ...more };
}

const sent = (id: number, chat: number = Number(PERSON)) => ({
  ok: true,
  result: { message_id: id, chat: { id: chat, type: 'private' }, date: 1, text: 'x' },
});
const methodIn = (text = '') => / \/bot[^/]+\/(\w+) /.exec(text)?.[1];
const bodyIn = (text = '') => JSON.parse(text.split('\r\n\r\n')[1] ?? '') as unknown;

/** The call that a request becomes. */
async function callOf(more: Partial<SendRequest>) {
  const { channel, requests } = await before(replies(200, sent(1)));
  const outcome = await channel.send(account, request(more));
  return { outcome, method: methodIn(requests[0]), body: bodyIn(requests[0]) };
}

describe('send', () => {
  it('posts the text to the chat, and the id is that of chat and message', async () => {
    const { channel, requests } = await before(replies(200, sent(42)));
    let left = 0;
    const outcome = await channel.send(account, request({ onLeaving: () => (left += 1) }));
    expect(outcome).toEqual({ class: 'sent', platformMessageId: '5005:42' });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatch(`POST /bot${TOKEN}/sendMessage HTTP/1.1\r\n`);
    expect(bodyIn(requests[0])).toEqual({ chat_id: 5005, text: 'Olá "você" 👋🏽\n' });
    expect(left).toBe(1);
  });

  it('writes into the topic of a group', async () => {
    const { body } = await callOf({ recipientId: `${SUPERGROUP}/44` });
    expect(body).toMatchObject({ chat_id: -1001234567890, message_thread_id: 44 });
  });

  it.each([
    [`${SUPERGROUP}/44`, { chat_id: -1001234567890, message_thread_id: 44 }],
    [`${PERSON}/44`, { chat_id: 5005, message_thread_id: 44 }],
    [`${SUPERGROUP}/direct/${PERSON}`, { chat_id: -1001234567890, direct_messages_topic_id: 5005 }],
    [`${SUPERGROUP}/1`, { chat_id: -1001234567890 }],
    [`${PERSON}/1`, { chat_id: 5005 }],
  ])('writes to %s alone, text and files', async (recipientId, address) => {
    const file = media({ type: 'image', url: 'https://x.test/a.png' });
    for (const content of [{ type: 'text', text: 'x' } as const, file]) {
      const { body } = await callOf({ recipientId, content });
      const words = content.type === 'text' ? { text: 'x' } : { photo: 'https://x.test/a.png' };
      expect(body).toEqual({ ...address, ...words });
    }
  });

  it('quotes the message that it answers, though not one of another chat', async () => {
    const reply_parameters = { message_id: 7, allow_sending_without_reply: true };
    expect((await callOf({ refersTo: '5005:7' })).body).toMatchObject({ reply_parameters });
    expect((await callOf({ refersTo: '5005:7/4382bf' })).body).toMatchObject({ reply_parameters });
    for (const refersTo of ['-4004:7', 'inline/4382bf'])
      expect((await callOf({ refersTo })).body).not.toHaveProperty('reply_parameters');
  });

  it.each<[Partial<MediaContent> & Pick<MediaContent, 'type'>, string, object]>([
    [
      { type: 'image', caption: 'see' },
      'sendPhoto',
      { photo: 'https://cdn.example/file', caption: 'see' },
    ],
    [
      { type: 'image', mimeType: 'image/gif' },
      'sendAnimation',
      { animation: 'https://cdn.example/file' },
    ],
    [{ type: 'video' }, 'sendVideo', { video: 'https://cdn.example/file' }],
    [{ type: 'audio', mimeType: 'audio/mpeg' }, 'sendAudio', { audio: 'https://cdn.example/file' }],
    [
      { type: 'audio', url: 'https://cdn.example/a.oga' },
      'sendVoice',
      { voice: 'https://cdn.example/a.oga' },
    ],
    [{ type: 'document', url: null, mediaId: 'BQAC' }, 'sendDocument', { document: 'BQAC' }],
  ])('sends %j with %s', async (content, method, body) => {
    const call = await callOf({ content: media(content), refersTo: '5005:7' });
    expect(call).toMatchObject({ method, body: { chat_id: 5005, ...body } });
    expect(call.body).toHaveProperty('reply_parameters');
    expect(call.outcome).toEqual({ class: 'sent', platformMessageId: '5005:1' });
  });

  it.each<[OutgoingContent, string, object]>([
    [{ type: 'edit', text: 'Neu 👋' }, 'editMessageText', { text: 'Neu 👋' }],
    [{ type: 'edit', text: 'Neu', caption: true }, 'editMessageCaption', { caption: 'Neu' }],
    [
      { type: 'reaction', emoji: '❤️' },
      'setMessageReaction',
      { reaction: [{ type: 'emoji', emoji: '❤' }] },
    ],
    [{ type: 'reaction', emoji: null }, 'setMessageReaction', { reaction: [] }],
  ])('changes an earlier message with %j', async (content, method, body) => {
    const { channel, requests } = await before(replies(200, { ok: true, result: true }));
    const outcome = await channel.send(account, request({ content, refersTo: '5005:7' }));
    expect(outcome).toEqual({ class: 'sent', platformMessageId: null });
    expect(methodIn(requests[0])).toBe(method);
    expect(bodyIn(requests[0])).toEqual({ chat_id: 5005, message_id: 7, ...body });
  });

  it('takes an edit that was made already for made', async () => {
    const description =
      'Bad Request: message is not modified: specified new message content is same';
    const { channel } = await before(replies(400, { ok: false, error_code: 400, description }));
    const content = { type: 'edit', text: 'x' } as const;
    expect(await channel.send(account, request({ content, refersTo: '5005:7' }))).toMatchObject({
      class: 'sent',
    });
    expect(await channel.send(account, request())).toMatchObject({ class: 'refused' });
  });

  it('does not change a message of the group that this supergroup was: numbers began anew', async () => {
    const { channel, requests } = await before(replies(200, { ok: true, result: true }));
    const content = { type: 'edit', text: 'x' } as const;
    const outcome = await channel.send(
      account,
      request({ recipientId: SUPERGROUP, content, refersTo: '-4004:7' }),
    );
    expect(outcome).toMatchObject({ class: 'refused' });
    expect(requests).toHaveLength(0);
  });

  it.each([
    ['no id', '{"ok":true,"result":{"chat":{"id":5005}}}'],
    ['the id 0 of a message that is sent later', '{"ok":true,"result":{"message_id":0}}'],
    ['no result', '{"ok":true}'],
    ['a broken body', '{"ok":true,"result":{"message_id":4'],
    ['HTML', '<html>OK</html>'],
    ['nothing', ''],
  ])('does not know what became of it when a 200 has %s', async (_case, body) => {
    const { channel } = await before((socket) => void socket.write(answer(200, body)));
    expect(await channel.send(account, request())).toMatchObject({ class: 'unknown' });
  });

  it('does not know either when the connection breaks after the request, or nobody answers', async () => {
    const { channel, requests } = await before((socket) => void socket.resetAndDestroy());
    expect(await channel.send(account, request())).toMatchObject({ class: 'unknown' });
    expect(requests).toHaveLength(1);
    const silent = await before(() => undefined);
    expect(await silent.channel.send(account, request({ answerTimeoutMs: 50 }))).toMatchObject({
      class: 'unknown',
      code: 'ANSWER_TIMEOUT',
    });
  });

  it('knows that a platform it cannot reach got nothing', async () => {
    const channel = createTelegram({ apiUrl: 'http://platform.invalid' });
    expect(await channel.send(account, request())).toMatchObject({ class: 'unavailable' });
  });

  it('shows neither text nor ids in a failure', async () => {
    const description = `Bad Request: chat ${PERSON} has Olá "você" 👋🏽\n`;
    const { channel } = await before(replies(400, { ok: false, error_code: 400, description }));
    expect(await channel.send(account, request())).toEqual({
      statusCode: 400,
      unknownCode: expect.stringMatching(/^400\/[0-9a-f]{8}$/) as unknown,
      class: 'refused',
      code: '400',
      message: 'Bad Request: chat … has …',
    });
  });

  it('calls nobody for a recipient that is none', async () => {
    const { channel, requests } = await before(replies(200, sent(1)));
    const outcome = await channel.send(account, request({ recipientId: '@ann' }));
    expect(outcome).toMatchObject({ class: 'refused', code: 'invalid_id' });
    expect(requests).toHaveLength(0);
  });
});

describe('the account', () => {
  const me = { ok: true, result: { id: Number(BOT), is_bot: true, username: 'shop_bot' } };

  it('is whose the token is', async () => {
    const { channel, requests } = await before(replies(200, me));
    expect(await channel.validateCredentials(account)).toEqual({
      externalId: BOT,
      username: 'shop_bot',
    });
    expect(methodIn(requests[0])).toBe('getMe');
  });

  it.each([
    ['unauthorized', 401, { ok: false, error_code: 401, description: 'Unauthorized' }],
    ['unauthorized', 404, { ok: false, error_code: 404, description: 'Not Found' }],
    ['unreachable', 502, '<html>'],
    ['unreachable', 200, { ok: true, result: { id: 'me' } }],
    ['throttled', 429, { ok: false, error_code: 429, parameters: { retry_after: 60 } }],
  ])('is not known when Telegram says %s (HTTP %s)', async (kind, status, json) => {
    const { channel } = await before(replies(status, json));
    await expect(channel.validateCredentials(account)).rejects.toMatchObject({
      name: 'ChannelError',
      kind,
    });
  });

  it('gets its webhooks with a secret of its own and with reactions, and no more of them later', async () => {
    const { channel, requests } = await before(replies(200, { ok: true, result: true }));
    const url = 'https://router.example/webhooks/telegram/acc_telegram';
    await channel.connectAccount(account, url);
    await channel.disconnectAccount(account);
    const secret = createHmac('sha256', TOKEN)
      .update('chat4all webhook acc_telegram')
      .digest('hex');
    expect(methodIn(requests[0])).toBe('setWebhook');
    expect(bodyIn(requests[0])).toEqual({
      url,
      secret_token: secret,
      allowed_updates: [
        'message',
        'edited_message',
        'message_reaction',
        'callback_query',
        'my_chat_member',
      ],
    });
    expect(methodIn(requests[1])).toBe('deleteWebhook');
  });

  it('waits out a second between two webhooks, as Telegram asks', async () => {
    const slow = { ok: false, error_code: 429, parameters: { retry_after: 1 } };
    let asked = 0;
    const { channel, requests } = await before((socket, text) => {
      asked += 1;
      replies(asked === 1 ? 429 : 200, asked === 1 ? slow : { ok: true, result: true })(
        socket,
        text,
      );
    });
    await channel.connectAccount(account, 'https://router.example/x');
    expect(requests).toHaveLength(2);
  });

  it('cannot be connected without a public address, and says what to set', async () => {
    const { channel, requests } = await before(replies(200, { ok: true, result: true }));
    await expect(channel.connectAccount(account, null)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('PUBLIC_URL'),
    });
    expect(requests).toHaveLength(0);
  });

  it('is healthy while its webhook is ours', async () => {
    let url = '';
    const info = () => ({
      ok: true,
      result: {
        url,
        pending_update_count: 3,
        last_error_date: 1_700_000_000,
        last_error_message: `Read timeout expired at /bot${TOKEN}`,
      },
    });
    const { channel } = await before((socket, text) =>
      replies(200, methodIn(text) === 'getMe' ? me : info())(socket, text),
    );
    expect(await channel.checkAccount(account)).toEqual({
      healthy: false,
      facts: {
        username: 'shop_bot',
        webhook: 'not set',
        pending_updates: '3',
        last_error: 'Read timeout expired at /bot…',
        last_error_at: '2023-11-14T22:13:20.000Z',
      },
    });
    url = 'https://elsewhere.example/hook';
    expect((await channel.checkAccount(account)).facts['webhook']).toBe('set to another address');
    url = 'https://router.example/webhooks/telegram/acc_telegram';
    expect(await channel.checkAccount(account)).toMatchObject({
      healthy: true,
      facts: { webhook: 'set' },
    });
  });

  it('is read from a create request, which names what is wrong without the token', () => {
    const { accountSchema, describeAccount } = createTelegram({ apiUrl: 'http://x' });
    const read = accountSchema.parse({ bot_token: TOKEN });
    expect(read).toEqual({ externalId: BOT, details: {}, credentials: { bot_token: TOKEN } });
    expect(describeAccount(read)).toEqual({ bot_id: BOT });
    for (const wrong of [
      '',
      `${TOKEN} `,
      `bot${TOKEN}`,
      '7001',
      ':AAHsecretSECRETsecret_SECRETsecret',
      `0${TOKEN}`,
    ]) {
      const { error } = accountSchema.safeParse({ bot_token: wrong });
      expect(error?.issues.map((issue) => issue.path.join('/'))).toEqual(['bot_token']);
      expect(String(error)).not.toContain('SECRET');
    }
  });
});

describe('a recipient', () => {
  const { parseRecipient } = createTelegram({ apiUrl: 'http://x' });

  it.each([
    `${PERSON}/44`,
    SUPERGROUP,
    `${SUPERGROUP}/44`,
    `${SUPERGROUP}/direct/${PERSON}`,
    ` ${SUPERGROUP} `,
  ])('may be %j', (id) => {
    expect(parseRecipient(id)).toEqual({ externalId: id.trim(), aliases: [] });
  });

  it.each([PERSON, ` ${PERSON} `])(
    'may be the person %j, in whatever topic they wrote last',
    (id) => {
      const person = { externalId: PERSON, aliases: [], lastPlace: `${PERSON}/*` };
      expect(parseRecipient(id)).toEqual(person);
    },
  );

  it.each([SUPERGROUP, PERSON])('in the General topic of %s is the chat itself', (chat) => {
    expect(parseRecipient(`${chat}/1`)).toEqual(parseRecipient(chat));
  });

  it.each([
    ...['', '0', '@ann', '+491701234567', '5e3', '1'.repeat(20), '-1/0', '5005:7'],
    ...['5005/direct/44', `${SUPERGROUP}/direct/0`, `${SUPERGROUP}/direct`, `${SUPERGROUP}/1/2`],
  ])('cannot be %j', (id) => {
    expect(parseRecipient(id)).toBeNull();
  });
});

describe('a profile', () => {
  it.each([
    [
      { id: 5005, first_name: 'Ann', last_name: 'Ä', username: 'ann' },
      { username: 'ann', name: 'Ann Ä' },
    ],
    [
      { id: -4004, title: 'Customers' },
      { username: null, name: 'Customers' },
    ],
    [{}, { username: null, name: null }],
  ])('of %j is %j', async (result, profile) => {
    const { channel, requests } = await before(replies(200, { ok: true, result }));
    expect(await channel.fetchProfile(account, `${SUPERGROUP}/44`)).toEqual(profile);
    expect(bodyIn(requests[0])).toEqual({ chat_id: -1001234567890 });
    await channel.fetchProfile(account, `${SUPERGROUP}/direct/${PERSON}`);
    expect(bodyIn(requests[1])).toEqual({ chat_id: 5005 });
  });

  it('is null for a stranger, and an error when it could not be asked', async () => {
    const none = { ok: false, error_code: 400, description: 'Bad Request: chat not found' };
    const stranger = await before(replies(400, none));
    expect(await stranger.channel.fetchProfile(account, PERSON)).toBeNull();
    const away = await before(replies(500, '<html>'));
    await expect(away.channel.fetchProfile(account, PERSON)).rejects.toMatchObject({
      kind: 'unreachable',
    });
  });
});

describe('a file', () => {
  const file =
    (path: string, size?: number): Reply =>
    (socket, text) => {
      if (methodIn(text) === 'getFile')
        return replies(200, {
          ok: true,
          result: { file_id: 'f', file_path: path, file_size: size },
        })(socket, text);
      socket.write(answer(200, 'bytes', { 'content-type': 'application/octet-stream' }));
    };

  it('is opened in two steps', async () => {
    const { channel, requests } = await before(file('photos/file 1.jpg', 5));
    const opened = await channel.fetchMedia?.(account, 'AgAC');
    expect(opened).toMatchObject({ mimeType: null, sizeBytes: 5 });
    const chunks: Buffer[] = [];
    for await (const chunk of opened?.body ?? []) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('bytes');
    expect(bodyIn(requests[0])).toEqual({ file_id: 'AgAC' });
    expect(requests[1]).toMatch(`GET /file/bot${TOKEN}/photos/file%201.jpg HTTP/1.1\r\n`);
  });

  it.each(['../getMe', 'photos/../../bot1/x', '/etc/passwd', 'a//b', ''])(
    'is not looked for at %j',
    async (path) => {
      const { channel, requests } = await before(file(path));
      await expect(channel.fetchMedia?.(account, 'AgAC')).rejects.toMatchObject({
        kind: 'unreachable',
      });
      expect(requests).toHaveLength(1);
    },
  );

  it('that is too big or unknown is refused in Telegram’s words', async () => {
    const description = 'Bad Request: file is too big';
    const { channel } = await before(replies(400, { ok: false, error_code: 400, description }));
    await expect(channel.fetchMedia?.(account, 'AgAC')).rejects.toMatchObject({
      kind: 'refused',
      message: description,
    });
  });
});

describe('a webhook', () => {
  const channel = createTelegram({ apiUrl: 'http://x' });
  const secret = createHmac('sha256', TOKEN).update('chat4all webhook acc_telegram').digest('hex');
  const header = (value: string | string[]) => ({ 'x-telegram-bot-api-secret-token': value });
  const webhook = requestOf(update(OTHERS['edit'] ?? {}));

  it('is taken with the secret of its account only', () => {
    expect(channel.verify({ ...webhook, headers: header(secret) })).toBe(true);
    for (const wrong of ['', 'x', secret.toUpperCase(), `${secret} `, [secret, secret]])
      expect(channel.verify({ ...webhook, headers: header(wrong) })).toBe(false);
    expect(channel.verify(webhook)).toBe(false);
    const other: ChannelAccount = { ...account, id: 'acc_other' };
    expect(channel.verify({ ...webhook, account: other, headers: header(secret) })).toBe(false);
    expect(channel.verify({ ...webhook, account: null, headers: header(secret) })).toBe(false);
  });

  it('is never taken for an account without a token', () => {
    const empty: ChannelAccount = { ...account, credentials: {} };
    const guess = createHmac('sha256', '').update('chat4all webhook acc_telegram').digest('hex');
    expect(channel.verify({ ...webhook, account: empty, headers: header(guess) })).toBe(false);
  });

  it('with a pressed button answers the press, and nothing else is answered', () => {
    expect(channel.answerWebhook?.(requestOf(update(OTHERS['callback'] ?? {})))).toEqual({
      method: 'answerCallbackQuery',
      callback_query_id: '4382bfdwdsb323b2d9',
    });
    expect(channel.answerWebhook?.(webhook)).toBeNull();
    expect(channel.answerWebhook?.(requestOf(Buffer.from('{')))).toBeNull();
  });

  it('needs no handshake', () => {
    expect(channel.answerHandshake({ 'hub.challenge': '1' })).toBeNull();
  });
});
