import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ACCOUNT, type Fixture, startFixture } from './instagram-fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
  await fixture.write('c1', { text: 'hello' });
});
afterEach(() => fixture.close());

const play = (...faults: object[]) => fixture.control('PUT', '/instagram/faults', faults);

type Message = { from: string; text: string };
async function arrivedTexts(): Promise<string[]> {
  const { body } = await fixture.control('GET', '/instagram/customers/c1');
  const [thread] = body['data'] as { messages: Message[] }[];
  return (thread?.messages ?? []).filter(({ from }) => from === 'business').map(({ text }) => text);
}

describe('faults', () => {
  it('fail: the given answer comes as often as asked, and nothing is applied', async () => {
    await play({
      times: 2,
      status: 429,
      headers: { 'x-app-usage': '{}' },
      body: { error: { code: 4 } },
    });
    for (const text of ['1', '2']) {
      const answer = await fixture.send('c1', text);
      expect(answer.status).toBe(429);
      expect(answer.headers.get('x-app-usage')).toBe('{}');
      expect(answer.body).toEqual({ error: { code: 4 } });
    }
    expect((await fixture.send('c1', '3')).status).toBe(200);
    expect(await arrivedTexts()).toEqual(['3']);
  });

  it('apply-then-fail: the message is there and the answer says otherwise', async () => {
    await play({ mode: 'apply-then-fail', status: 500 });
    expect((await fixture.send('c1', 'there')).status).toBe(500);
    expect(await arrivedTexts()).toEqual(['there']);
  });

  it('apply-then-drop: the message is there and the connection ends without an answer', async () => {
    await play({ mode: 'apply-then-drop' });
    await expect(fixture.send('c1', 'there')).rejects.toThrow('fetch failed');
    expect(await arrivedTexts()).toEqual(['there']);
  });

  it('drop: neither message nor answer', async () => {
    await play({ mode: 'drop' });
    await expect(fixture.send('c1', 'gone')).rejects.toThrow('fetch failed');
    expect(await arrivedTexts()).toEqual([]);
  });

  it('delay_ms: the answer comes late, and a caller that hangs up is let go', async () => {
    await play({ mode: 'slow', delay_ms: 80 });
    const begun = performance.now();
    expect((await fixture.send('c1', 'late')).status).toBe(200);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(75);
    await play({ mode: 'fail', delay_ms: 60_000 });
    const url = `${fixture.sandbox.url}/instagram/me`;
    await expect(fetch(url, { signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout');
  });

  it('match: only requests that fit are hit, the first fault that fits is played', async () => {
    await play(
      { match: { method: 'POST', path: '/messages', body: 'unlucky' }, status: 503 },
      { match: 'GET /instagram/v25.0/me', status: 500 },
    );
    expect((await fixture.send('c1', 'fine')).status).toBe(200);
    expect((await fixture.send('c1', 'unlucky')).status).toBe(503);
    expect((await fixture.graph('GET', '/v25.0/me')).status).toBe(500);
    expect((await fixture.control('GET', '/instagram/faults')).body).toEqual({ faults: [] });
  });

  it('are listed in the ledger, which shows no token', async () => {
    await play({ mode: 'apply-then-fail', status: 500 });
    await fixture.send('c1', 'there');
    const path = '/instagram/received?path=/messages&method=POST';
    const { body } = await fixture.control('GET', path);
    expect(body['data']).toMatchObject([
      {
        method: 'POST',
        path: '/instagram/v25.0/me/messages',
        body: { recipient: { id: 'c1' }, message: { text: 'there' } },
        status: 500,
        fault: 'apply-then-fail',
      },
    ]);
    expect(JSON.stringify(body)).not.toContain('IGAAtest');
  });
});

describe('the control API', () => {
  it.each([
    ['PUT', '/instagram/faults', [{ mode: 'explode' }], '/0/mode'],
    ['PUT', '/crm/faults', { faults: [{ times: 0 }] }, '/0/times'],
    ['POST', '/instagram/webhooks', { mode: 'backwards' }, '/mode'],
    ['POST', '/instagram/customers/c1/messages', { account: ACCOUNT }, 'expected text'],
    ['POST', '/instagram/accounts', { username: 'x' }, '/instagram_account_id'],
    ['PUT', '/router', { api_url: 'nonsense' }, '/api_url'],
  ])('refuses %s %s with a wrong body and says where', async (method, path, body, where) => {
    const answer = await fixture.control(method, path, body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body['details'])).toContain(where);
  });

  it('refuses broken JSON, another content type, and other sites’ pages', async () => {
    const post = (body: string, headers: Record<string, string>) =>
      fetch(`${fixture.sandbox.url}/control/reset`, { method: 'POST', body, headers });
    expect((await post('{', { 'content-type': 'application/json' })).status).toBe(400);
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
    const foreign = { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' };
    expect((await post('{}', foreign)).status).toBe(403);
  });

  it('names an account or customer that is not there', async () => {
    const path = '/instagram/customers/nobody/seen';
    expect((await fixture.control('POST', path, { account: ACCOUNT })).status).toBe(404);
    expect((await fixture.control('POST', path, { account: '1' })).status).toBe(404);
  });

  it('reset forgets what happened and keeps what was set up, unless asked for everything', async () => {
    await play({ status: 500 });
    await fixture.control('POST', '/reset');
    expect((await fixture.control('GET', '/instagram/received')).body).toEqual({ data: [] });
    expect(await arrivedTexts()).toEqual([]);
    expect((await fixture.graph('GET', '/me')).status).toBe(200);
    await fixture.control('POST', '/reset', { everything: true });
    expect((await fixture.graph('GET', '/me')).status).toBe(400);
  });
});
