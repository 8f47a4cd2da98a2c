import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectProblem, places, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());
beforeEach(() => {
  api.world.messages.rows.length = 0;
  api.world.messages.state.refusal = null;
});

const TARGET = '8c5d1a2b-3e4f-4a6b-9c7d-8e9f0a1b2c3d';
const URL_ = 'https://shop.example.com/1.png';
const to = { account_id: 'acc_mine', recipient: '1254' };
const text = { type: 'text', text: 'hello' };

function send(
  json: object,
  { key = KEYS.crm, headers = {}, path = '/api/v1/messages' } = {} as {
    key?: string;
    headers?: Record<string, string>;
    path?: string;
  },
) {
  return api.call('POST', path, { key, json, headers });
}

const stored = () => api.world.messages.rows[0]?.request;

describe('one request for every content', () => {
  it.each([
    ['a text', text, { type: 'text', text: 'hello' }],
    [
      'a file by its address',
      {
        type: 'document',
        url: URL_,
        caption: 'look',
        file_name: 'a.pdf',
        mime_type: 'application/pdf',
        size_bytes: 9,
      },
      {
        type: 'document',
        url: URL_,
        mediaId: null,
        caption: 'look',
        fileName: 'a.pdf',
        mimeType: 'application/pdf',
        sizeBytes: 9,
      },
    ],
    [
      "a file by the platform's handle",
      { type: 'audio', media_id: '4711' },
      {
        type: 'audio',
        url: null,
        mediaId: '4711',
        caption: null,
        fileName: null,
        mimeType: null,
        sizeBytes: null,
      },
    ],
    [
      'a template',
      { type: 'template', name: 'order_update', language: 'pt_BR' },
      { type: 'template', name: 'order_update', language: 'pt_BR', components: [] },
    ],
  ])('takes %s', async (_what, content, expected) => {
    const kicks = api.world.kicks;
    const answer = await send({ ...to, content });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ status: 'pending', conversation_id: 'conv_mine' });
    expect(stored()).toMatchObject({
      to: { accountId: 'acc_mine', recipientId: '1254' },
      content: expected,
      refersToId: undefined,
    });
    expect(api.world.kicks).toBe(kicks + 1);
  });

  it.each([
    ['a reaction', { type: 'reaction', message_id: TARGET, emoji: '👨‍👩‍👧‍👦' }],
    ['a flag', { type: 'reaction', message_id: TARGET, emoji: '🇧🇷' }],
    ['a heart as platforms hand it out', { type: 'reaction', message_id: TARGET, emoji: '❤' }],
    ['a reaction taken back', { type: 'reaction', message_id: TARGET, emoji: null }],
    ['an edit', { type: 'edit', message_id: TARGET, text: 'better' }],
  ])('takes %s, with the message that it acts upon', async (_what, content) => {
    expect((await send({ conversation_id: 'conv_mine', content })).status).toBe(202);
    const { message_id: _target, ...own } = content;
    expect(stored()).toMatchObject({
      to: { conversationId: 'conv_mine' },
      content: own,
      refersToId: TARGET,
    });
  });

  it('takes who sends it, what it answers, the channel, an id and a key', async () => {
    const messageId = randomUUID();
    const more = {
      message_id: messageId,
      sender_id: 'agent 17',
      reply_to: TARGET,
      channel_type: 'instagram',
    };
    const answer = await send(
      { ...to, content: text, ...more },
      { key: KEYS.scopedCrm, headers: { 'idempotency-key': 'k-1' } },
    );
    expect(answer.json['message_id']).toBe(messageId);
    expect(stored()).toMatchObject({
      messageId,
      agentId: 'agent 17',
      refersToId: TARGET,
      channel: 'instagram',
      idempotencyKey: 'k-1',
      visibleAccounts: ['acc_mine'],
    });
  });

  it('answers a repeated request with the first answer, and says so', async () => {
    const request = { ...to, content: text, idempotency_key: 'again' };
    const first = await send(request);
    const second = await send(request);
    expect(second.json).toEqual(first.json);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    const other = await send({ ...request, content: { ...text, text: 'other' } });
    const problem = expectProblem(other, 422, 'idempotency_conflict');
    expect(problem.message_id).toBe(first.json['message_id']);
  });

  const anImage = { type: 'image', url: URL_ };
  const aReaction = { type: 'reaction', message_id: TARGET, emoji: '👍' };
  it.each([
    ['no destination', { account_id: undefined, recipient: undefined }, ''],
    ['half a destination', { recipient: undefined }, ''],
    ['both destinations', { conversation_id: 'conv_mine' }, ''],
    ['a conversation id with a slash', { conversation_id: 'a/b', account_id: undefined }, null],
    ['white space in the recipient', { recipient: '12 54' }, '/recipient'],
    ['a recipient that is a number', { recipient: 1254 }, '/recipient'],
    ['no content', { content: undefined }, '/content'],
    ['content that is a text', { content: 'hello' }, '/content'],
    ['content of no known kind', { content: { type: 'hologram' } }, '/content/type'],
    ['a text without words', { content: { type: 'text', text: ' ' } }, '/content/text'],
    ['NUL in a text', { content: { type: 'text', text: 'a\0' } }, '/content/text'],
    ['NUL in a caption', { content: { ...anImage, caption: 'a\0' } }, '/content/caption'],
    ['NUL in a file name', { content: { ...anImage, file_name: '\0' } }, '/content/file_name'],
    ['half a character', { content: { type: 'text', text: 'a\ud83d' } }, '/content/text'],
    ['a file from nowhere', { content: { type: 'image' } }, '/content'],
    ['a file from two places', { content: { ...anImage, media_id: '1' } }, '/content'],
    ['an address of a local file', { content: { ...anImage, url: 'file:///a' } }, '/content/url'],
    ['an address that is none', { content: { ...anImage, url: 'shop' } }, '/content/url'],
    ['a handle with a space', { content: { type: 'image', media_id: 'a b' } }, '/content/media_id'],
    ['a type that is none', { content: { ...anImage, mime_type: 'png' } }, '/content/mime_type'],
    ['a size of nothing', { content: { ...anImage, size_bytes: 0 } }, '/content/size_bytes'],
    ['an empty caption', { content: { ...anImage, caption: '' } }, '/content/caption'],
    ['a member of another kind', { content: { ...text, url: URL_ } }, '/content/url'],
    ['a member that is not known', { mesage: 'hi' }, '/mesage'],
    [
      'a reaction to nothing',
      { content: { ...aReaction, message_id: undefined } },
      '/content/message_id',
    ],
    [
      'a reaction without a word of the emoji',
      { content: { ...aReaction, emoji: undefined } },
      '/content/emoji',
    ],
    ['a reaction in words', { content: { ...aReaction, emoji: 'love' } }, '/content/emoji'],
    ['two emoji', { content: { ...aReaction, emoji: '👍👍' } }, '/content/emoji'],
    ['no emoji at all', { content: { ...aReaction, emoji: '' } }, '/content/emoji'],
    ['half a flag', { content: { ...aReaction, emoji: '🇧' } }, '/content/emoji'],
    ['a reaction that answers', { content: aReaction, reply_to: TARGET }, '/reply_to'],
    ['an answer to no id of ours', { reply_to: 'mid.1' }, '/reply_to'],
    ['an empty sender', { sender_id: '' }, '/sender_id'],
    [
      'a template without a language',
      { content: { type: 'template', name: 'a' } },
      '/content/language',
    ],
    [
      'a template with a language that is none',
      { content: { type: 'template', name: 'a', language: '../x' } },
      '/content/language',
    ],
    [
      'components that are texts',
      { content: { type: 'template', name: 'a', language: 'en', components: ['x'] } },
      '/content/components/0',
    ],
  ])('refuses %s and points at it', async (_what, change, pointer) => {
    const answer = await send({ ...to, content: text, ...change });
    const found = expectProblem(answer, 400, 'validation_failed');
    if (pointer !== null) expect(places(found)).toEqual([`body ${pointer}`]);
    expect(api.world.messages.rows).toEqual([]);
  });

  it('refuses an account that the key may not use, existing or not, in the same words', async () => {
    const [theirs, nobodys] = await Promise.all(
      ['acc_theirs', 'acc_nobody'].map(async (account_id) =>
        expectProblem(
          await send({ ...to, content: text, account_id }, { key: KEYS.scopedCrm }),
          403,
          'account_forbidden',
        ),
      ),
    );
    expect({ ...theirs, correlation_id: '' }).toEqual({ ...nobodys, correlation_id: '' });
  });

  it('needs a key', async () => {
    const answer = await api.call('POST', '/api/v1/messages', {
      key: null,
      json: { ...to, content: text },
    });
    expectProblem(answer, 401, 'unauthorized');
  });

  const inConversation = { account_id: undefined, recipient: undefined, conversation_id: 'conv_x' };
  it.each([
    ['conversation_missing', {}, 404, 'conversation_not_found', '/conversation_id', inConversation],
    ['account_missing', {}, 404, 'account_not_found', '/account_id', {}],
    ['account_disabled', {}, 409, 'account_disabled', '/account_id', {}],
    ['account_disabled', {}, 409, 'account_disabled', '/conversation_id', inConversation],
    ['target_missing', {}, 404, 'message_not_found', '/reply_to', { reply_to: TARGET }],
    ['target_missing', {}, 404, 'message_not_found', '/content/message_id', { content: aReaction }],
    ['channel_mismatch', { channel: 'telegram' }, 400, 'validation_failed', '/channel_type', {}],
    ['recipient_invalid', { channel: 'whatsapp' }, 400, 'recipient_invalid', '/recipient', {}],
    ['id_taken', {}, 409, 'message_id_taken', '/message_id', {}],
    [
      'content_refused',
      { pointer: '/content/size_bytes', code: 'media_too_large', detail: 'takes 8 MB' },
      422,
      'content_refused',
      '/content/size_bytes',
      {},
    ],
  ] as const)('says of %s what is wrong where', async (kind, more, status, code, at, change) => {
    api.world.messages.state.refusal = { kind, ...more } as never;
    const kicks = api.world.kicks;
    const found = expectProblem(await send({ ...to, content: text, ...change }), status, code);
    expect(places(found)).toEqual([`body ${at}`]);
    expect(found.retryable).toBe(false);
    if (kind === 'content_refused') expect(found.detail).toContain('media_too_large');
    expect(api.world.kicks).toBe(kicks);
  });

  it('logs ids only', async () => {
    const content = { type: 'image', url: 'https://x.example/canary-url', caption: 'canary-words' };
    await send({ ...to, recipient: 'canary-recipient', sender_id: 'canary-agent', content });
    const lines = JSON.stringify(api.world.logs);
    expect(lines).toContain('message accepted');
    expect(lines).not.toContain('canary');
  });
});

describe('the older address', () => {
  const path = '/webhooks/send';

  it('takes the same request, and says where to go', async () => {
    const answer = await send({ ...to, content: text }, { path });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('deprecation')).toMatch(/^@\d{10}$/);
    expect(answer.headers.get('link')).toBe('</api/v1/messages>; rel="successor-version"');
    expect((await send({ ...to, content: text })).headers.get('deprecation')).toBeNull();
  });

  it('takes the request that its callers have, and says where that goes', async () => {
    const old = { account_id: 'acc_mine', recipient_id: '1254', message: 'hello' };
    const answer = await send({ ...old, idempotency_key: 'old-1' }, { path });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('link')).toBe('</api/v1/messages/send>; rel="successor-version"');
    expect(api.world.messages.rows.at(-1)?.request).toMatchObject({
      to: { accountId: 'acc_mine', recipientId: '1254' },
      content: { type: 'text', text: 'hello' },
      idempotencyKey: 'old-1',
    });
  });

  it.each([
    ['the older form', { account_id: 'acc_mine', recipient_id: '1254' }, ['body /message']],
    [
      'the older form',
      { account_id: 'acc_mine', recipient_id: '1254', message: '', x: 1 },
      ['body /message', 'body /x'],
    ],
    ['the newer form', { account_id: 'acc_mine', recipient: '1254' }, ['body /content']],
  ])('points at what is wrong in %s', async (_form, body, wrong) => {
    const found = expectProblem(await send(body, { path }), 400, 'validation_failed');
    expect(places(found).sort()).toEqual(wrong);
  });

  it('says so to those it refuses as well, with the same rules', async () => {
    const wrong = await send({ ...to }, { path });
    expectProblem(wrong, 400, 'validation_failed');
    expect(wrong.headers.get('deprecation')).not.toBeNull();
    const nobody = await api.call('POST', path, { key: null, json: {} });
    expectProblem(nobody, 401, 'unauthorized');
    const theirs = { ...to, account_id: 'acc_theirs', content: text };
    expectProblem(await send(theirs, { path, key: KEYS.scopedCrm }), 403, 'account_forbidden');
  });
});
