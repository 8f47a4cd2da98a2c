import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request, until } from './http.ts';
import { ACCOUNT, type Fixture, TOKEN, startFixture } from './instagram-fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

const codes = ({ body }: Awaited<ReturnType<Fixture['graph']>>) =>
  [body.error?.code, body.error?.error_subcode].filter((part) => part !== undefined).join('/');

describe('sending on the fake Instagram', () => {
  it('answers with the person and a mid, and echoes the message with the same mid', async () => {
    await fixture.write('c1', { text: 'hello' });
    const { status, body } = await fixture.send('c1', 'good morning');
    expect(status).toBe(200);
    expect(body).toEqual({ recipient_id: 'c1', message_id: expect.stringMatching(/^aWdfZAG1/) });
    await until('the echo arrives', () => fixture.receiver.items().length === 2);
    expect(fixture.receiver.items()[1]).toMatchObject({
      sender: { id: ACCOUNT },
      recipient: { id: 'c1' },
      message: { mid: body.message_id, text: 'good morning', is_echo: true },
    });
  });

  it('takes any version in the path or none, the id or "me", a header or a parameter', async () => {
    await fixture.write('c1', { text: 'hello' });
    const body = { recipient: { id: 'c1' }, message: { text: 'hi' } };
    for (const path of ['/v21.0/me', '/v30.1/me', '/me', `/${ACCOUNT}`, `/v25.0/${ACCOUNT}`])
      expect((await fixture.graph('POST', `${path}/messages`, body)).status).toBe(200);
    const url = `${fixture.sandbox.url}/instagram/me/messages?access_token=${TOKEN}`;
    expect((await request('POST', url, body)).status).toBe(200);
  });

  it('counts a text in bytes: 1000 go, 1001 do not', async () => {
    await fixture.write('c1', { text: 'hello' });
    expect((await fixture.send('c1', 'é'.repeat(500))).status).toBe(200);
    expect(codes(await fixture.send('c1', `${'é'.repeat(500)}a`))).toBe('100');
  });

  it('refuses an empty text, a person nobody knows and one who blocked the account', async () => {
    await fixture.write('c1', { text: 'hello' });
    expect(codes(await fixture.send('c1', ' '))).toBe('100/2534052');
    expect(codes(await fixture.send('stranger', 'hi'))).toBe('100/2534014');
    await fixture.control('PUT', '/instagram/customers/c1', { account: ACCOUNT, blocked: true });
    expect(codes(await fixture.send('c1', 'hi'))).toBe('551/1545041');
  });

  it('closes the window 24 hours after the last message of the person, and not for an agent', async () => {
    await fixture.write('c1', { text: 'hello' });
    await fixture.control('POST', '/clock', { advance_ms: 24 * 3_600_000 - 60_000 });
    expect((await fixture.send('c1', 'in time')).status).toBe(200);
    await fixture.control('POST', '/clock', { advance_ms: 60_000 });
    expect(codes(await fixture.send('c1', 'too late'))).toBe('10/2534022');
    const byAgent = await fixture.graph('POST', '/me/messages', {
      recipient: { id: 'c1' },
      messaging_type: 'MESSAGE_TAG',
      tag: 'HUMAN_AGENT',
      message: { text: 'a human' },
    });
    expect(byAgent.status).toBe(200);
    await fixture.write('c1', { text: 'me again' });
    expect((await fixture.send('c1', 'open again')).status).toBe(200);
  });

  it('keeps the window closed for a person who has never written', async () => {
    await fixture.control('POST', '/instagram/customers', { account: ACCOUNT, customer_id: 'c2' });
    expect(codes(await fixture.send('c2', 'hi'))).toBe('10/2534022');
  });

  it('takes one attachment or several pictures, by either name of the member', async () => {
    await fixture.write('c1', { text: 'hello' });
    const image = { type: 'image', payload: { url: 'https://example.com/a.png' } };
    const post = (message: object) =>
      fixture.graph('POST', '/me/messages', { recipient: { id: 'c1' }, message });
    expect((await post({ attachment: image })).status).toBe(200);
    expect((await post({ attachments: [image, image] })).status).toBe(200);
    expect(codes(await post({ attachment: { type: 'image', payload: {} } }))).toBe('100');
    expect(codes(await post({ attachments: Array(11).fill(image) }))).toBe('100');
  });
});

describe('tokens and profiles on the fake Instagram', () => {
  it('says whose the token is, flat or wrapped', async () => {
    const path = '/v25.0/me?fields=user_id,username';
    const flat = { user_id: ACCOUNT, username: 'shop', id: expect.any(String) };
    expect((await fixture.graph('GET', path)).body).toEqual(flat);
    await fixture.control('PUT', `/instagram/accounts/${ACCOUNT}`, { me_wrapped: true });
    expect((await fixture.graph('GET', path)).body).toEqual({ data: [flat] });
  });

  it('refuses a missing, an unknown, an expired and a revoked token in Meta’s shape', async () => {
    const url = `${fixture.sandbox.url}/instagram/v25.0/me`;
    const missing = await request('GET', url);
    expect(missing.body).toMatchObject({ error: { type: 'IGApiException', code: 190 } });
    const unknown = await request('GET', `${url}?access_token=nobody`);
    expect(unknown).toMatchObject({ status: 400, body: { error: { code: 190 } } });
    for (const [token, code] of [
      ['expired', '190/463'],
      ['revoked', '190/460'],
    ] as const) {
      await fixture.control('PUT', `/instagram/accounts/${ACCOUNT}`, { token });
      expect(codes(await fixture.graph('GET', '/me'))).toBe(code);
    }
    await fixture.control('PUT', `/instagram/accounts/${ACCOUNT}`, { token: 'valid' });
    expect((await fixture.graph('GET', '/me')).status).toBe(200);
  });

  it('does not open another account’s path', async () => {
    expect(codes(await fixture.graph('GET', '/17841499999999999/subscribed_apps'))).toBe('100/33');
  });

  it('refreshes a token that is a day old, and the new one works', async () => {
    const path = `/refresh_access_token?grant_type=ig_refresh_token`;
    expect(codes(await fixture.graph('GET', path))).toBe('100');
    await fixture.control('PUT', `/instagram/accounts/${ACCOUNT}`, { token_age_hours: 25 });
    const { body } = await fixture.graph('GET', path);
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 60 * 24 * 3600 });
    const url = `${fixture.sandbox.url}/instagram/me?access_token=${String(body['access_token'])}`;
    expect((await request('GET', url)).status).toBe(200);
  });

  it('shows a profile only after the person wrote', async () => {
    const names = { account: ACCOUNT, customer_id: 'c1', username: 'ana', name: 'Ana' };
    await fixture.control('POST', '/instagram/customers', names);
    expect(codes(await fixture.graph('GET', '/c1?fields=name,username'))).toBe('230');
    await fixture.write('c1', { text: 'hello' });
    expect((await fixture.graph('GET', '/c1?fields=name,username')).body).toEqual({
      id: 'c1',
      name: 'Ana',
      username: 'ana',
    });
  });

  it('lists and ends the subscription', async () => {
    const path = `/${ACCOUNT}/subscribed_apps`;
    expect((await fixture.graph('GET', path)).body).toEqual({
      data: [{ subscribed_fields: ['messages'] }],
    });
    expect((await fixture.graph('DELETE', path)).body).toEqual({ success: true });
    expect((await fixture.graph('GET', path)).body).toEqual({ data: [] });
  });

  it('serves pictures until they expire', async () => {
    const url = `${fixture.sandbox.url}/instagram/cdn/photo.png`;
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect((await answer.bytes()).subarray(1, 4)).toEqual(new Uint8Array(Buffer.from('PNG')));
    expect((await fetch(`${url}?expires=${Date.now() - 1}`)).status).toBe(403);
  });
});
