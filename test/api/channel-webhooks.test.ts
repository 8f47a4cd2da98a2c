import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { expectProblem, startApi, type TestApi } from './support/api.ts';
import { APP_SECRET, OUR_INSTAGRAM, VERIFY_TOKEN } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const PATH = '/webhooks/instagram';

function aBatch(...messaging: object[]): string {
  const entry = [{ id: OUR_INSTAGRAM, time: 1_795_253_350_000, messaging }];
  return JSON.stringify({ object: 'instagram', entry });
}

function aMessage(mid: string, text = 'canary-text') {
  return {
    sender: { id: '1254' },
    recipient: { id: OUR_INSTAGRAM },
    timestamp: 1_795_253_350_000,
    message: { mid, text },
  };
}

function sign(body: string | Buffer, algorithm = 'sha256', secret = APP_SECRET): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
}

function post(body: string | Buffer, signature: string | null = sign(body), path = PATH) {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (signature !== null) headers['x-hub-signature-256'] = signature;
  return api.call('POST', path, { key: null, body, headers });
}

describe('a platform webhook', () => {
  it.each([PATH, `${PATH}/acc_mine`])('is kept, answered 200 and passed on: %s', async (path) => {
    const body = aBatch(aMessage('mid.1'));
    const answer = await post(body, sign(body), path);
    expect(answer.status).toBe(200);
    expect(api.world.inbound).toHaveLength(1);
    const [request] = api.world.inbound;
    expect(request?.body.toString()).toBe(body);
    expect(request).toMatchObject({ channel: 'instagram', reorderWindowMs: 250 });
    expect(request?.traceId).toBe(answer.headers.get('x-request-id'));
    expect(request?.events).toMatchObject([{ kind: 'message', platformMessageId: 'mid.1' }]);
    expect(api.world.kicks).toBe(1);
  });

  it('is checked over its bytes as they came', async () => {
    const body = aBatch(aMessage('mid.1', 'olá')).replaceAll('á', '\\u00e1');
    expect((await post(body)).status).toBe(200);
    expectProblem(await post(body.replace('\\u00e1', 'á'), sign(body)), 401, 'signature_invalid');
  });

  it('is logged with ids, and without what was written or by whom', async () => {
    await post(aBatch(aMessage('mid.1')));
    const line = api.world.logs.find((each) => each.message === 'message received');
    expect(line?.fields).toMatchObject({ channel: 'instagram', account_id: 'acc_mine' });
    expect(JSON.stringify(api.world.logs)).not.toMatch(/canary|1254|mid\.1|17841400000000001/);
  });

  const body = aBatch(aMessage('mid.1'));
  it.each([
    ['missing', null],
    ['empty', ''],
    ['of another body', sign(`${body} `)],
    ['with another secret', sign(body, 'sha256', 'other')],
    ['cut short', sign(body).slice(0, -2)],
    ['without its algorithm', sign(body).slice(7)],
    ['a megabyte of hex', `sha256=${'0'.repeat(8000)}`],
    ['SHA-1 under the name of SHA-256', sign(body, 'sha1')],
  ])('is refused with 401 when its signature is %s', async (_what, signature) => {
    expectProblem(await post(body, signature), 401, 'signature_invalid');
    expect(api.world.inbound).toEqual([]);
  });

  it('is refused with 401 when only the old SHA-1 header is there', async () => {
    const headers = { 'x-hub-signature': sign(body, 'sha1') };
    const answer = await api.call('POST', PATH, { key: null, body, headers });
    expectProblem(answer, 401, 'signature_invalid');
  });

  it('keeps the good entries beside one that cannot be read', async () => {
    const batch = aBatch(aMessage('mid.1'), { sender: 5 }, aMessage('mid.2'));
    expect((await post(batch)).status).toBe(200);
    expect(api.world.inbound[0]?.events.map((each) => each.kind)).toEqual([
      'message',
      'unreadable',
      'message',
    ]);
    expect(api.world.logs).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  it.each(['', 'not json', '[]', '{"__proto__":{}}', '['.repeat(10_000), '\ufffd\0'])(
    'is kept when it is signed and nobody can read it: %.20s',
    async (strange) => {
      expect((await post(strange)).status).toBe(200);
      expect(api.world.inbound[0]?.body.toString()).toBe(strange);
    },
  );

  it('may have 5 MB and no more', async () => {
    const filled = (size: number) => Buffer.alloc(size, ' ');
    expect((await post(filled(5 * 1024 * 1024))).status).toBe(200);
    expectProblem(await post(filled(5 * 1024 * 1024 + 1)), 413, 'body_too_large');
  });

  it('is asked for again when it cannot be kept', async () => {
    api.world.inboundError = new Error('canary: connection terminated');
    const answer = await post(body);
    expectProblem(answer, 503, 'service_unavailable');
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(api.world.kicks).toBe(0);
    expect(JSON.stringify(api.world.logs)).not.toContain('canary');
  });
});

describe('the subscription check', () => {
  const check = (query: Record<string, string>) =>
    api.call('GET', `${PATH}?${new URLSearchParams(query)}`, { key: null });
  const right = {
    'hub.mode': 'subscribe',
    'hub.verify_token': VERIFY_TOKEN,
    'hub.challenge': '1158201444',
  };

  it('is answered with the challenge as plain text', async () => {
    const answer = await check(right);
    expect(answer.text).toBe('1158201444');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it.each([
    ['a wrong token', { ...right, 'hub.verify_token': 'guess' }],
    ['no token', { 'hub.mode': 'subscribe', 'hub.challenge': '1' }],
    ['another mode', { ...right, 'hub.mode': 'unsubscribe' }],
  ])('is refused with %s', async (_what, query) => {
    expectProblem(await check(query), 403, 'handshake_refused');
  });
});
