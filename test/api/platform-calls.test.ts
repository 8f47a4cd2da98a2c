import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelError, type MediaFile } from '../../src/channels/channel.ts';
import type { Attachment } from '../../src/domain/message.ts';
import { expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS, OUR_INSTAGRAM } from './support/fakes.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());
beforeEach(() => {
  api.world.channel = {};
  api.world.conversations.state.written = true;
});

const TOKEN = 'stored-token';
const refused = new ChannelError('refused', '100', 'No such thing.');
const away = new ChannelError('unreachable', 'ECONNRESET', 'It could not be reached.');

describe('a file that came with a message', () => {
  const MESSAGE = '8c5d1a2b-3e4f-4a6b-9c7d-8e9f0a1b2c3d';
  const path = (index: number | string = 0, message = MESSAGE) =>
    `/api/v1/messages/${message}/attachments/${index}`;
  const attach = (...attachments: Attachment[]) =>
    void (api.world.conversations.message.attachments = attachments);
  const file = (given: Partial<MediaFile> = {}): MediaFile => ({
    mimeType: 'image/png',
    sizeBytes: 5,
    body: Readable.from([Buffer.from('by'), Buffer.from('tes')]),
    ...given,
  });
  /** A file of which the rest is yet to come. */
  function begun() {
    const body = new Readable({ read() {} });
    body.push('some of it');
    return body;
  }
  const get = (where: string, init: RequestInit = {}) =>
    fetch(`${api.url}${where}`, {
      headers: { authorization: `Bearer ${KEYS.scopedCrm}` },
      redirect: 'manual',
      ...init,
    });

  it('with an address is a redirect there, whatever characters it has', async () => {
    attach({ type: 'image', url: 'https://cdn.example/фото.png?a=1' });
    const answer = await get(path());
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(
      'https://cdn.example/%D1%84%D0%BE%D1%82%D0%BE.png?a=1',
    );
    expect(await answer.text()).toBe('');
  });

  it('with a handle is passed on, with its type, size and name, to be kept and not shown', async () => {
    attach({ type: 'document', media_id: 'media-1', file_name: "it's (1) ✓.html" });
    const asked: string[] = [];
    api.world.channel = {
      fetchMedia: async (account, mediaId) => {
        asked.push(account.credentials['access_token'] ?? '', mediaId);
        return file({ mimeType: 'text/html' });
      },
    };
    const answer = await get(path());
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('bytes');
    expect(asked).toEqual([TOKEN, 'media-1']);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html',
      'content-length': '5',
      'content-disposition': "attachment; filename*=UTF-8''it%27s%20%281%29%20%E2%9C%93.html",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  it.each([
    ['application/pdf', null, 'application/pdf'],
    [undefined, 'audio/ogg; codecs=opus', 'audio/ogg; codecs=opus'],
    [undefined, 'text/plain\r\nX-Evil: 1', 'application/octet-stream'],
    [undefined, null, 'application/octet-stream'],
  ])('of which we know %j and the platform says %j is %s', async (known, told, type) => {
    attach({ type: 'document', media_id: 'm', mime_type: known });
    const fetchMedia = async () => file({ mimeType: told, sizeBytes: null });
    api.world.channel = { fetchMedia };
    const answer = await get(path());
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''file");
    expect(await answer.text()).toBe('bytes');
  });

  it('that breaks on the way is cut off, and never looks whole', async () => {
    attach({ type: 'image', media_id: 'm' });
    const body = begun();
    api.world.channel = { fetchMedia: async () => file({ sizeBytes: null, body }) };
    const answer = await get(path());
    body.destroy(new Error('the platform is gone'));
    await expect(answer.text()).rejects.toThrow();
    expect((await get('/health/live')).status).toBe(200);
  });

  it('is let go when the CRM hangs up, and when it asks for the head only', async () => {
    attach({ type: 'image', media_id: 'm' });
    const bodies: Readable[] = [];
    const fetchMedia = async () => {
      const body = begun();
      bodies.push(body);
      return file({ sizeBytes: null, body });
    };
    api.world.channel = { fetchMedia };
    const ended = (body: Readable | undefined) =>
      new Promise((resolve) => (body?.destroyed ? resolve(0) : body?.once('close', resolve)));
    const hangUp = new AbortController();
    await get(path(), { signal: hangUp.signal });
    hangUp.abort();
    await ended(bodies[0]);
    await get(path(), { method: 'HEAD' });
    await Promise.all(bodies.map(ended));
    expect(bodies.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('is not found where there is none, and nobody else gets it', async () => {
    attach({ type: 'location', latitude: 1, longitude: 2 });
    expectProblem(await api.call('GET', path(0)), 404, 'attachment_not_found');
    expectProblem(await api.call('GET', path(1)), 404, 'attachment_not_found');
    expectProblem(await api.call('GET', path('x')), 400, 'validation_failed');
    expectProblem(await api.call('GET', path(0, crypto.randomUUID())), 404, 'message_not_found');
    expectProblem(await api.call('GET', path(0), { key: null }), 401, 'unauthorized');
    const { received } = api.world.conversations;
    const { findAttachment } = received;
    const scopes: unknown[] = [];
    received.findAttachment = async (id, index, scope) => {
      scopes.push(scope);
      return findAttachment(id, index, scope);
    };
    await api.call('GET', path(0), { key: KEYS.scopedCrm });
    received.findAttachment = findAttachment;
    expect(scopes).toEqual([['acc_mine']]);
  });

  it('is not to be had where the channel has none, or the platform says no', async () => {
    attach({ type: 'image', media_id: 'm' });
    expectProblem(await api.call('GET', path()), 409, 'not_supported');
    api.world.channel = { fetchMedia: () => Promise.reject(refused) };
    expectProblem(await api.call('GET', path()), 400, 'platform_refused');
    api.world.channel = { fetchMedia: () => Promise.reject(away) };
    const found = expectProblem(await api.call('GET', path()), 502, 'platform_unavailable');
    expect(found.retryable).toBe(true);
  });
});

describe('showing that messages were read', () => {
  const read = (id = 'conv_mine', key: string | null = KEYS.crm) =>
    api.call('POST', `/api/v1/conversations/${id}/read`, { key });

  it('tells the platform of the newest one', async () => {
    const told: unknown[] = [];
    api.world.channel = {
      markRead: async (account, message) => void told.push(account.id, message),
    };
    const answer = await read('conv_mine', KEYS.scopedCrm);
    expect(answer.json).toEqual({ message_id: '8c5d1a2b-3e4f-4a6b-9c7d-8e9f0a1b2c3d' });
    expect(told).toEqual(['acc_mine', { recipientId: '1254', platformMessageId: 'mid.1' }]);
  });

  it('is refused without a key, for other conversations, and where there is nothing to read', async () => {
    api.world.channel = { markRead: async () => undefined };
    expectProblem(await read('conv_mine', null), 401, 'unauthorized');
    expectProblem(await read('conv_theirs', KEYS.scopedCrm), 404, 'conversation_not_found');
    expectProblem(await read('conv_nobody'), 404, 'conversation_not_found');
    api.world.conversations.state.written = false;
    expectProblem(await read(), 404, 'message_not_found');
  });

  it('is not possible on every channel, and the platform may say no', async () => {
    api.world.channel = { markRead: undefined as never };
    expectProblem(await read(), 409, 'not_supported');
    api.world.channel = { markRead: () => Promise.reject(refused) };
    const found = expectProblem(await read(), 400, 'platform_refused');
    expect(found.detail).toBe('The platform said: No such thing. (100)');
    api.world.channel = { markRead: () => Promise.reject(away) };
    const later = await read();
    expectProblem(later, 502, 'platform_unavailable');
    expect(later.headers.get('retry-after')).toBe('30');
  });
});

describe('the templates of an account', () => {
  const list = (id = 'acc_mine', key: string | null = KEYS.scopedCrm) =>
    api.call('GET', `/api/v1/accounts/${id}/templates`, { key });
  const template = {
    name: 'order_update',
    language: 'en_US',
    status: 'APPROVED',
    category: null,
    components: [],
  };

  it('are those that the platform has', async () => {
    api.world.channel = { listTemplates: async () => [template] };
    expect((await list()).json).toEqual({ data: [template] });
  });

  it('are only on channels that have any, and of accounts of the key', async () => {
    expectProblem(await list(), 409, 'not_supported');
    expectProblem(await list('acc_theirs'), 403, 'account_forbidden');
    expectProblem(await list('acc_nobody', KEYS.crm), 404, 'account_not_found');
    expectProblem(await list('acc_mine', null), 401, 'unauthorized');
    api.world.channel = { listTemplates: () => Promise.reject(away) };
    expectProblem(await list(), 502, 'platform_unavailable');
  });
});

describe('what happens when nobody knows whether a message arrived', () => {
  const put = (json: object) => api.call('PUT', '/api/v1/accounts/acc_mine', { json });

  it('is set for an account, and shown', async () => {
    expect((await put({})).json['on_unknown_outcome']).toBe('auto');
    await put({ on_unknown_outcome: 'hold' });
    expect(api.world.accounts.changes.at(-1)).toMatchObject({
      settings: { on_unknown_outcome: 'hold' },
    });
    await put({ username: 'x' });
    expect(api.world.accounts.changes.at(-1)).toMatchObject({ settings: undefined });
  });

  it('may be decided when the account is registered', async () => {
    const json = { instagram_account_id: OUR_INSTAGRAM, access_token: 'IGAA-new' };
    const post = (more: object) =>
      api.call('POST', '/api/v1/accounts', { key: KEYS.admin, json: { ...json, ...more } });
    expectProblem(await post({ on_unknown_outcome: 'never' }), 400, 'validation_failed');
    const made = await post({ on_unknown_outcome: 'resend' });
    expect(made.status).toBe(201);
    expect(made.json['on_unknown_outcome']).toBe('resend');
  });

  it('is one of three', async () => {
    expectProblem(await put({ on_unknown_outcome: 'sometimes' }), 400, 'validation_failed');
  });
});
