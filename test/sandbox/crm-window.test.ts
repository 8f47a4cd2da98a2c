import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { postEvent } from './fake-router.ts';
import { request } from './http.ts';
import { type ScriptedRouter, reply, startScriptedRouter } from './scripted-router.ts';

type Json = Record<string, unknown>;
const CHECK = '/api/v1/messages/check';
const MESSAGES = '/api/v1/messages';
const FILE = '/api/v1/messages/m-1/attachments/0';
let router: ScriptedRouter;
let sandbox: Sandbox;
beforeEach(async () => {
  router = await startScriptedRouter();
  const wiring = { api_url: router.url, api_key: 'the-key', account_id: 'acc_1' };
  sandbox = await startSandbox({
    ...{ port: 0, appSecret: 'a', verifyToken: 'v' },
    router: { ...wiring, webhook_secret: 's3cret' },
  });
});
afterEach(async () => {
  await sandbox.close();
  await router.close();
});

const send = async (given: Json) => {
  const body = { customer_id: 'c1', ...given };
  return (await request('POST', `${sandbox.url}/crm/api/messages`, body)).body;
};
const ask = async (method: string, path: string, body?: object) =>
  (await request<Json>(method, `${sandbox.url}/crm/api/${path}`, body)).body;
const tell = (type: string, data: Json, sequence = 1) => {
  const about = { sandboxUrl: sandbox.url, token: '', secret: 's3cret', accountId: 'acc_1' };
  return postEvent(about, type, data, { conversation_id: 'conv_1', sequence });
};
const chat = async () => {
  type Chats = { data: { customerId: string; messages: Json[] }[] };
  return (await request<Chats>('GET', `${sandbox.url}/control/crm/chats`)).body.data[0];
};
const message = async (id: unknown) => (await chat())?.messages.find((each) => each['id'] === id);
const received = (data: Json = {}) =>
  tell('message.received', {
    ...{ message_id: 'm-1', sender_id: 'c1', recipient_id: '1784', channel: 'instagram' },
    ...{ message_type: 'text', text: 'hello', attachments: [], reply_to: null },
    timestamp: new Date().toISOString(),
    ...data,
  });

describe('the CRM’s window', () => {
  it('sends a file and a quote in one request, and shows both', async () => {
    await received();
    const content = { type: 'document', url: 'https://shop.example.com/menu.pdf', caption: 'Here' };
    const { message_id: id } = await send({ content, reply_to: 'm-1' });
    const sent = { account_id: 'acc_1', recipient: 'c1', message_id: id };
    expect(router.calls.at(-1)).toEqual({
      ...{ method: 'POST', path: MESSAGES, key: 'Bearer the-key' },
      body: { ...sent, content, reply_to: 'm-1' },
    });
    expect(await message(id)).toMatchObject({
      ...{ text: 'Here', replyTo: 'm-1', status: 'pending' },
      attachments: [{ type: 'document', url: content.url }],
    });
  });

  it.each([
    ['reaction', { emoji: '👍' }, { ownReaction: '👍', text: 'hello' }],
    ['edit', { text: 'hello again' }, { text: 'hello again', edited: true }],
  ])('shows a %s at its message once the platform has it', async (type, rest, shown) => {
    await received();
    const content = { type, message_id: 'm-1', ...rest };
    const { message_id: id } = await send({ content });
    expect(await message('m-1')).toMatchObject({ ownReaction: null, text: 'hello' });
    await tell('message.sent', { message_id: id, recipient_id: 'c1', status: 'sent' }, 2);
    expect(await message('m-1')).toMatchObject(shown);
  });

  it('says what the router refused as a sentence, without the place in the request', async () => {
    const detail = 'body /content/size_bytes: takes at most 5 MB (media_too_large)';
    router.on(MESSAGES, (_, response) => reply(response, 422, { code: 'content_refused', detail }));
    const refused = await send({ content: { type: 'image', url: 'https://a.example/x.png' } });
    expect(refused).toMatchObject({
      status: 'rejected',
      error: { code: 'content_refused', message: 'Takes at most 5 MB (media_too_large)' },
    });
  });

  it('takes a failure that the platform tells later, but no older one that is replayed', async () => {
    const { message_id: id } = await send({ text: 'too late' });
    const about = { message_id: id, recipient_id: 'c1' };
    await tell('message.sent', about, 1);
    const error = { code: '131047', message: 'Re-engagement message' };
    await tell('message.failed', { ...about, error }, 2);
    expect(await message(id)).toMatchObject({ status: 'failed', error });
    await tell('message.sent', about, 4);
    await tell('message.failed', { ...about, error }, 3);
    expect(await message(id)).toMatchObject({ status: 'sent', error: null });
  });

  it('keeps a group in one chat, whoever writes', async () => {
    const group = { id: '-100', title: 'Friends' };
    await received({ group });
    await received({ group, message_id: 'm-2', sender_id: 'c2' });
    expect((await chat())?.customerId).toBe('-100');
    expect((await chat())?.messages).toHaveLength(2);
  });
});

describe('what the CRM’s window asks beforehand', () => {
  it('is answered with the router’s words, or with its refusal', async () => {
    const content = { type: 'text', text: 'x' };
    const to = { channel: 'instagram', customer_id: 'c1' };
    router.on(CHECK, (_, response) => reply(response, 200, { can_send: true, problems: [] }));
    expect(await ask('POST', 'check', { ...to, content })).toEqual({
      ...{ can_send: true, problems: [] },
    });
    expect(router.calls.at(-1)?.body).toEqual({ account_id: 'acc_1', recipient: 'c1', content });
    router.on(CHECK, (_, response) => reply(response, 400, { code: 'no', detail: 'not so' }));
    expect(await ask('POST', 'check', to)).toEqual({ problem: { code: 'no', message: 'Not so' } });
  });

  it('tells what the channel has beside texts and files', async () => {
    router.on(CHECK, ({ body }, response) => {
      const { type } = body['content'] as { type: string };
      const code = type === 'edit' ? 'content_unsupported' : 'window_closed';
      reply(response, 200, { problems: [{ code, detail: '' }] });
    });
    const query = 'abilities?channel=instagram&customer_id=c1';
    expect(await ask('GET', query)).toEqual({ reaction: true, edit: false, template: true });
    router.on(CHECK, (_, response) => reply(response, 503, {}));
    expect(await ask('GET', query)).toEqual({ reaction: null, edit: null, template: null });
  });

  it('lists templates, and none with a reason where the channel has none', async () => {
    const path = '/api/v1/accounts/acc_1/templates';
    router.on(path, (_, response) => reply(response, 200, { data: [{ name: 'a' }] }));
    expect(await ask('GET', 'templates?channel=instagram')).toEqual({ data: [{ name: 'a' }] });
    router.on(path, (_, response) => reply(response, 409, { code: 'not_supported', detail: 'no' }));
    expect(await ask('GET', 'templates?channel=instagram')).toEqual({
      data: [],
      problem: { code: 'not_supported', message: 'No' },
    });
  });
});

describe('a file of a customer', () => {
  const get = () => fetch(`${sandbox.url}/crm${FILE.replace('/v1', '')}`, { redirect: 'manual' });
  const serve = (type: string, status = 200, more: Record<string, string> = {}) =>
    router.on(FILE, (_, response) => {
      response.writeHead(status, { 'content-type': type, ...more }).end('bytes');
    });

  it('is fetched with the key; a picture is shown', async () => {
    serve('image/png', 200, { 'content-disposition': 'attachment' });
    const answer = await get();
    expect(await answer.text()).toBe('bytes');
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('content-disposition')).toBeNull();
    expect(router.calls.at(-1)).toMatchObject({ path: FILE, key: 'Bearer the-key' });
  });

  it.each(['text/html', 'image/svg+xml'])('is only saved if it is %s', async (type) => {
    serve(type);
    const { headers } = await get();
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toBe('attachment');
    expect(headers.get('content-security-policy')).toBe('sandbox');
  });

  it('is where the router says, or missing', async () => {
    serve('text/plain', 302, { location: 'https://cdn.example/x' });
    expect((await get()).headers.get('location')).toBe('https://cdn.example/x');
    serve('text/plain', 404);
    expect((await get()).status).toBe(404);
    await router.close();
    expect((await get()).status).toBe(502);
  });
});
