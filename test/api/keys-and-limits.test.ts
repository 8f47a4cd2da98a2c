import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aSendRequest, expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

function conversations(headers: Record<string, string>) {
  return api.call('GET', '/api/v1/conversations', { key: null, headers });
}

describe('authorization', () => {
  it('is needed, and the answer says how', async () => {
    const answer = await conversations({});
    expect(expectProblem(answer, 401, 'unauthorized').retryable).toBe(false);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="chat4all"');
  });

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer nobody-knows-it',
    `Basic ${KEYS.crm}`,
    KEYS.crm,
    `Bearer ${KEYS.crm},Bearer ${KEYS.crm}`,
    `Bearer ${'x'.repeat(5000)}`,
    `Bearer ${KEYS.crm}\u00e9`,
  ])('is refused as "%s"', async (authorization) => {
    const answer = await conversations({ authorization });
    expectProblem(answer, 401, 'unauthorized');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="chat4all", error="/);
  });

  it('is refused when it is sent twice, even if both are good', async () => {
    const answer = await api.raw(
      'GET /api/v1/conversations HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
        `Authorization: Bearer ${KEYS.crm}\r\nAuthorization: Bearer ${KEYS.crm}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    expect(answer).toContain('more than one Authorization header');
    expect(api.world.apiKeys.state.lookUps).toBe(0);
  });

  it('takes the scheme in any case', async () => {
    const answer = await conversations({ authorization: `bearer ${KEYS.crm}` });
    expect(answer.status).toBe(200);
  });

  it('takes no key from the query', async () => {
    const answer = await api.call('GET', `/api/v1/conversations?api_key=${KEYS.crm}`, {
      key: null,
    });
    expectProblem(answer, 401, 'unauthorized');
  });

  it('is looked at before the body', async () => {
    const answer = await api.call('POST', '/api/v1/messages/send', { key: null, body: '{' });
    expectProblem(answer, 401, 'unauthorized');
  });

  it('answers 503 while keys cannot be looked up', async () => {
    api.world.apiKeys.state.error = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const answer = await api.call('GET', '/api/v1/conversations');
    expect(expectProblem(answer, 503, 'service_unavailable').retryable).toBe(true);
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  it.each([
    ['POST', '/api/v1/accounts'],
    ['PUT', '/api/v1/accounts/acc_mine'],
    ['DELETE', '/api/v1/accounts/acc_mine'],
    ['POST', '/api/v1/accounts/acc_mine/webhook-test'],
    ['GET', '/api/v1/api-keys'],
    ['POST', '/api/v1/api-keys'],
    ['DELETE', '/api/v1/api-keys/key_crm'],
  ])('refuses %s %s to a crm key', async (method, path) => {
    expectProblem(await api.call(method, path, { key: KEYS.crm }), 403, 'role_forbidden');
    expect(api.world.accounts.rows.has('acc_mine')).toBe(true);
  });

  it('is not needed for health, documents and webhooks', async () => {
    for (const path of ['/', '/health', '/health/live', '/health/ready', '/docs', '/redoc'])
      expect((await api.call('GET', path, { key: null })).status).toBe(200);
  });
});

describe('limits', () => {
  beforeEach(async () => {
    await api.stop();
    api = await startApi({ rateLimitPerMinute: 20 });
  });

  it('hold each key to its requests a minute, and say when to come back', async () => {
    for (let sent = 1; sent <= 20; sent += 1) {
      const answer = await api.call('GET', '/api/v1/conversations', { key: KEYS.crm });
      expect(answer.status).toBe(200);
      if (sent === 1) expect(answer.headers.get('ratelimit-remaining')).toBe('19');
    }
    const answer = await api.call('GET', '/api/v1/conversations', { key: KEYS.crm });
    expect(expectProblem(answer, 429, 'rate_limited').retryable).toBe(true);
    expect(answer.headers.get('ratelimit-limit')).toBe('20');
    expect(answer.headers.get('ratelimit-remaining')).toBe('0');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api.call('GET', '/api/v1/conversations', { key: KEYS.admin })).status).toBe(200);
  });

  it('stop an address that guesses keys before the database is asked', async () => {
    const guess = () => conversations({ authorization: 'Bearer guess' });
    expect((await guess()).status).toBe(401);
    expect((await guess()).status).toBe(401);
    const { lookUps } = api.world.apiKeys.state;
    expectProblem(await guess(), 429, 'rate_limited');
    expect(api.world.apiKeys.state.lookUps).toBe(lookUps);
  });

  it('let a key that was good pass when somebody else at its address guesses', async () => {
    await api.call('GET', '/api/v1/conversations', { key: KEYS.crm });
    for (let tried = 0; tried < 5; tried += 1)
      await conversations({ authorization: 'Bearer guess' });
    expect((await api.call('GET', '/api/v1/conversations', { key: KEYS.crm })).status).toBe(200);
  });
});

describe('every answer', () => {
  it.each(['abc', 'A_b-9', 'x'.repeat(64)])('keeps the request id %s', async (id) => {
    const answer = await api.call('GET', '/health/live', { headers: { 'x-request-id': id } });
    expect(answer.headers.get('x-request-id')).toBe(id);
  });

  it.each(['', 'a b', 'x'.repeat(65), 'a,b', '<script>'])(
    'replaces the request id "%s"',
    async (id) => {
      const answer = await api.call('GET', '/nothing', { headers: { 'x-request-id': id } });
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('has the strictest security headers, also for errors', async () => {
    for (const path of ['/health/live', '/nothing', '/api/v1/conversations']) {
      const { headers } = await api.call('GET', path, { key: null });
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('is logged once, with the pattern of the route instead of the address', async () => {
    await api.call('GET', '/api/v1/conversations/conv_mine?x=1', { key: KEYS.crm });
    const lines = api.world.logs.filter((each) => each.message === 'request');
    expect(lines.map((each) => each.fields)).toEqual([
      {
        trace_id: expect.any(String),
        method: 'GET',
        path: '/api/v1/conversations/{conversation_id}',
        status: 200,
        duration_ms: expect.any(Number),
        key_id: 'key_crm',
      },
    ]);
  });

  it('hides what went wrong inside, and logs its class', async () => {
    api.world.messages.state.error = new TypeError('canary with values');
    const answer = await api.call('POST', '/api/v1/messages/send', { json: aSendRequest() });
    expectProblem(answer, 500, 'internal_error');
    expect(answer.text).not.toContain('canary');
    expect(JSON.stringify(api.world.logs)).not.toContain('canary');
    expect(api.world.logs).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ error_class: 'TypeError' }),
      }),
    );
  });
});
