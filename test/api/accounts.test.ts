import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelError } from '../../src/channels/channel.ts';
import { places, expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS, OUR_INSTAGRAM } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const TOKEN = 'IGAA-canary-token';
const ACCOUNTS = '/api/v1/accounts';

function create(change: object = {}, key = KEYS.admin) {
  const json = { instagram_account_id: OUR_INSTAGRAM, access_token: TOKEN, ...change };
  return api.call('POST', ACCOUNTS, { key, json });
}

describe('registering an account', () => {
  it('checks the token, connects the account and shows a generated secret once', async () => {
    const answer = await create({ crm_webhook_url: 'https://crm.example.com/in' });
    expect(answer.status).toBe(201);
    const id = answer.json['account_id'] as string;
    expect(answer.headers.get('location')).toBe(`${ACCOUNTS}/${id}`);
    expect(answer.json).toMatchObject({
      channel: 'instagram',
      instagram_account_id: OUR_INSTAGRAM,
      username: 'our_shop',
      crm_webhook_url: 'https://crm.example.com/in',
      enabled: true,
      webhook_secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    });
    expect(api.world.connected).toEqual([id]);
    expect(api.world.accounts.rows.get(id)).toMatchObject({
      credentials: { access_token: TOKEN },
      webhookSecret: answer.json['webhook_secret'],
    });
    const again = await api.call('GET', `${ACCOUNTS}/${id}`);
    expect(again.json).not.toHaveProperty('webhook_secret');
  });

  it('shows the names of headers for the receiver, and never their values', async () => {
    const answer = await create({
      crm_webhook_url: 'https://crm.example.com/hook',
      crm_webhook_headers: { Authorization: 'Basic canary' },
    });
    expect(answer.json).toMatchObject({ crm_webhook_header_names: ['Authorization'] });
    expect(answer.text + JSON.stringify(api.world.logs)).not.toContain('canary');
    await api.call('POST', `${ACCOUNTS}/${String(answer.json['account_id'])}/webhook-test`);
    expect(api.world.webhooks.at(-1)?.headers).toEqual({ Authorization: 'Basic canary' });
  });

  it('shows neither a given secret nor the token, in answers and logs', async () => {
    const answer = await create({ webhook_secret: 'canary-secret' });
    const list = await api.call('GET', ACCOUNTS);
    const seen = answer.text + list.text + JSON.stringify(api.world.logs);
    expect(seen).not.toMatch(/canary|stored-token|stored-secret/);
  });

  it('prefers the name it was given', async () => {
    expect((await create({ username: 'Our shop' })).json['username']).toBe('Our shop');
  });

  it.each([
    ['its id missing', { instagram_account_id: undefined }, '/instagram_account_id'],
    ['its id a number', { instagram_account_id: 17841400000000001 }, '/instagram_account_id'],
    ['the token missing', { access_token: undefined }, '/access_token'],
    ['a line break in the token', { access_token: 'a\nb' }, '/access_token'],
    ['an unknown channel', { channel: 'fax' }, '/channel'],
    ['an unknown member', { status: 'active' }, '/status'],
    ['no URL at all as webhook', { crm_webhook_url: 'crm' }, '/crm_webhook_url'],
    ['a webhook by FTP', { crm_webhook_url: 'ftp://crm.example.com/' }, '/crm_webhook_url'],
    ['a webhook in a file', { crm_webhook_url: 'file:///etc/passwd' }, '/crm_webhook_url'],
    [
      'a password in the URL',
      { crm_webhook_url: 'https://a:b@crm.example.com' },
      '/crm_webhook_url',
    ],
    ['a user in the URL', { crm_webhook_url: 'https://a@crm.example.com' }, '/crm_webhook_url'],
    ['a short secret', { webhook_secret: 'short' }, '/webhook_secret'],
    ['a secret with a line break', { webhook_secret: 'long-enough\n' }, '/webhook_secret'],
    ['a whsec_ secret of words', { webhook_secret: 'whsec_my-secret' }, '/webhook_secret'],
    [
      'a header of HTTP itself',
      { crm_webhook_headers: { 'Content-Length': '1' } },
      '/crm_webhook_headers/Content-Length',
    ],
    [
      'a header that breaks into another',
      { crm_webhook_headers: { 'X-Own': 'a\r\nHost: b' } },
      '/crm_webhook_headers/X-Own',
    ],
    ['headers as a list', { crm_webhook_headers: ['X-Own: 1'] }, '/crm_webhook_headers'],
    ['a number as a header', { crm_webhook_headers: { 'X-Own': 1 } }, '/crm_webhook_headers/X-Own'],
    ['a private address', { crm_webhook_url: 'http://10.1.2.3/x' }, '/crm_webhook_url'],
    ['a fragment', { crm_webhook_url: 'https://crm.example.com/#x' }, '/crm_webhook_url'],
  ])('refuses %s', async (_what, change, pointer) => {
    const before = api.world.accounts.rows.size;
    expect(places(expectProblem(await create(change), 400, 'validation_failed'))).toEqual([
      `body ${pointer}`,
    ]);
    expect(api.world.accounts.rows.size).toBe(before);
  });

  it('answers 409 for an account that is there, without asking the platform', async () => {
    api.world.identity = new ChannelError('unauthorized', '190', 'must not be asked');
    const found = expectProblem(
      await create({ instagram_account_id: '17841400000000099' }),
      409,
      'account_exists',
    );
    expect(places(found)).toEqual(['body /instagram_account_id']);
  });

  it("refuses a token that the platform refuses, in the platform's words", async () => {
    api.world.identity = new ChannelError('unauthorized', '190', 'Invalid OAuth access token');
    const found = expectProblem(await create(), 400, 'credentials_refused');
    expect(places(found)).toEqual(['body /access_token']);
    expect(found.detail).toContain('Invalid OAuth access token (190)');
  });

  it('refuses the token of another account', async () => {
    api.world.identity = { externalId: '17841400000000555', username: 'somebody' };
    const found = expectProblem(await create(), 400, 'account_mismatch');
    expect(places(found)).toEqual(['body /instagram_account_id']);
  });

  it('asks for another try while the platform cannot be reached', async () => {
    api.world.identity = new ChannelError('unreachable', 'timeout', 'no answer');
    const answer = await create();
    expect(expectProblem(answer, 502, 'platform_unavailable').retryable).toBe(true);
    expect(answer.headers.get('retry-after')).toBe('30');
  });

  it('keeps nothing when the platform refuses to connect the account', async () => {
    const before = [...api.world.accounts.rows.keys()];
    api.world.connectError = new ChannelError('refused', '200', 'Permission missing');
    expectProblem(await create(), 400, 'platform_refused');
    expect([...api.world.accounts.rows.keys()]).toEqual(before);
    api.world.connectError = null;
    expect((await create()).status).toBe(201);
  });

  it('is not for an admin key of some accounts', async () => {
    expectProblem(await create({}, KEYS.scopedAdmin), 403, 'account_forbidden');
  });
});

describe('the default webhook', () => {
  const url = 'https://default.example.com/in';
  beforeEach(async () => {
    await api.stop();
    api = await startApi({ defaultWebhook: { url, secret: 'default-secret' } });
  });

  it.each([
    ['left out: the default with its secret', {}, url, 'default-secret', false],
    ['the same by name', { crm_webhook_url: url }, url, 'default-secret', false],
    [
      'another one: a secret of its own',
      { crm_webhook_url: 'https://b.example.com' },
      'https://b.example.com',
      undefined,
      true,
    ],
    ['none', { crm_webhook_url: null }, null, undefined, true],
    ['a secret of its own', { webhook_secret: 'given-secret' }, url, 'given-secret', false],
  ])('%s', async (_what, change, target, secret, shown) => {
    const { json } = await create(change);
    const row = api.world.accounts.rows.get(json['account_id'] as string);
    expect(json['crm_webhook_url']).toBe(target);
    expect('webhook_secret' in json).toBe(shown);
    if (secret !== undefined) expect(row?.webhookSecret).toBe(secret);
    else expect(row?.webhookSecret).not.toBe('default-secret');
  });
});

describe('an account', () => {
  it('is listed for the keys that may use it', async () => {
    const all = await api.call('GET', ACCOUNTS);
    const some = await api.call('GET', ACCOUNTS, { key: KEYS.scopedAdmin });
    expect(all.json['data']).toHaveLength(2);
    expect(some.json['data']).toMatchObject([{ account_id: 'acc_mine' }]);
  });

  it.each(['GET', 'PUT', 'DELETE'])('is a 404 for %s when it is not there', async (method) => {
    const options = method === 'PUT' ? { json: {} } : {};
    const answer = await api.call(method, `${ACCOUNTS}/acc_nobody`, options);
    expectProblem(answer, 404, 'account_not_found');
  });

  it.each(['GET', 'PUT', 'DELETE'])('is the same 403 for %s with a foreign key', async (method) => {
    const ask = (id: string) =>
      api.call(method, `${ACCOUNTS}/${id}`, {
        key: KEYS.scopedAdmin,
        ...(method === 'PUT' ? { json: { enabled: false } } : {}),
      });
    const theirs = expectProblem(await ask('acc_theirs'), 403, 'account_forbidden');
    const nobodys = expectProblem(await ask('acc_nobody'), 403, 'account_forbidden');
    expect({ ...theirs, correlation_id: '' }).toEqual({ ...nobodys, correlation_id: '' });
    expect(api.world.accounts.rows.get('acc_theirs')?.view.enabled).toBe(true);
  });

  it('is deleted, disconnected, and gone', async () => {
    expect((await api.call('DELETE', `${ACCOUNTS}/acc_mine`)).status).toBe(204);
    expect(api.world.disconnected).toEqual(['acc_mine']);
    expectProblem(await api.call('GET', `${ACCOUNTS}/acc_mine`), 404, 'account_not_found');
  });

  it('keeps its webhooks while another account lives in the same place on the platform', async () => {
    api.world.accounts.sharing.add('acc_mine');
    expect((await api.call('DELETE', `${ACCOUNTS}/acc_mine`)).status).toBe(204);
    expect(api.world.disconnected).toEqual([]);
  });

  it('is deleted even if the platform does not want to hear of it', async () => {
    api.world.connectError = new ChannelError('unauthorized', '190', 'expired');
    expect((await api.call('DELETE', `${ACCOUNTS}/acc_mine`)).status).toBe(204);
    expect(api.world.accounts.rows.has('acc_mine')).toBe(false);
  });
});
