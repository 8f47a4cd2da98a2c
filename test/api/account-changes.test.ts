import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelError } from '../../src/channels/channel.ts';
import { places, expectProblem, startApi, type TestApi } from './support/api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const TOKEN = 'IGAA-canary-token';
const ACCOUNTS = '/api/v1/accounts';

function update(json: object) {
  return api.call('PUT', `${ACCOUNTS}/acc_mine`, { json });
}

describe('changing an account', () => {
  it('takes any subset and lets what waited go on', async () => {
    const answer = await update({ enabled: false, crm_webhook_url: null });
    expect(answer.json).toMatchObject({ enabled: false, crm_webhook_url: null });
    expect(api.world.accounts.changes).toEqual([{ enabled: false, crmWebhookUrl: null }]);
    expect(api.world.kicks).toBe(1);
    expect((await update({})).status).toBe(200);
  });

  it('lets the old secret sign for a day, or as long as it is told', async () => {
    await update({ webhook_secret: 'new-secret' });
    await update({ webhook_secret: 'new-secret', webhook_secret_overlap_seconds: 0 });
    expect(api.world.accounts.changes).toMatchObject([
      { webhookSecret: { secret: 'new-secret', overlapMs: 86_400_000 } },
      { webhookSecret: { secret: 'new-secret', overlapMs: 0 } },
    ]);
  });

  it.each([
    ['replaces the headers for the receiver', { 'X-Own': 'new' }, { 'X-Own': 'new' }],
    ['removes them with null', null, {}],
    ['removes them with {}', {}, {}],
  ])('%s', async (_what, crm_webhook_headers, webhookHeaders) => {
    expect((await update({ crm_webhook_headers })).status).toBe(200);
    expect(api.world.accounts.changes).toMatchObject([{ webhookHeaders }]);
  });

  it('leaves the headers as they are where nothing is said of them', async () => {
    await update({ enabled: true });
    expect(api.world.accounts.changes[0]).toHaveProperty('webhookHeaders', undefined);
  });

  it('checks and connects a new token', async () => {
    api.world.identity = { externalId: '17841400000000077', username: null };
    expect((await update({ access_token: TOKEN })).status).toBe(200);
    expect(api.world.connected).toEqual(['acc_mine']);
    expect(api.world.accounts.changes).toMatchObject([{ credentials: { access_token: TOKEN } }]);
  });

  it('refuses the token of another account', async () => {
    const found = expectProblem(await update({ access_token: TOKEN }), 400, 'account_mismatch');
    expect(places(found)).toEqual(['body /access_token']);
    expect(api.world.accounts.changes).toEqual([]);
  });

  it('refuses a token that the platform refuses', async () => {
    api.world.identity = new ChannelError('unauthorized', '190', 'expired');
    expectProblem(await update({ access_token: TOKEN }), 400, 'credentials_refused');
    expect(api.world.accounts.changes).toEqual([]);
  });

  it.each([
    [
      'a whsec_ secret without its padding',
      { webhook_secret: `whsec_${'A'.repeat(43)}` },
      '/webhook_secret',
    ],
    [
      'an address of its own machine',
      { crm_webhook_url: 'http://localhost:9/' },
      '/crm_webhook_url',
    ],
    [
      'an overlap without a secret',
      { webhook_secret_overlap_seconds: 5 },
      '/webhook_secret_overlap_seconds',
    ],
    [
      'a negative overlap',
      { webhook_secret: 'new-secret', webhook_secret_overlap_seconds: -1 },
      '/webhook_secret_overlap_seconds',
    ],
    ['enabled as text', { enabled: 'true' }, '/enabled'],
    ['another id on the platform', { instagram_account_id: '1' }, '/instagram_account_id'],
    ['a token that is none', { access_token: 5 }, '/access_token'],
  ])('refuses %s', async (_what, change, pointer) => {
    const found = expectProblem(await update(change), 400, 'validation_failed');
    expect(places(found)).toEqual([`body ${pointer}`]);
    expect(api.world.accounts.changes).toEqual([]);
  });
});

describe('trying the webhook', () => {
  const path = `${ACCOUNTS}/acc_mine/webhook-test`;

  it('sends webhook.test at once and answers what came back', async () => {
    const answer = await api.call('POST', path, { headers: { 'x-request-id': 'try-1' } });
    const [sent] = api.world.webhooks;
    expect(answer.json).toEqual({
      delivered: true,
      webhook_id: sent?.webhookId,
      status_code: 200,
      duration_ms: 12.5,
      error: null,
      response_excerpt: 'thanks',
    });
    expect(sent).toMatchObject({
      url: 'https://crm.example.com/hook',
      secrets: ['stored-secret'],
      traceId: 'try-1',
    });
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({
      id: sent?.webhookId,
      type: 'webhook.test',
      account_id: 'acc_mine',
      sequence: null,
    });
  });

  it('says why nothing came back', async () => {
    api.world.webhookStatus = null;
    const { json } = await api.call('POST', path);
    expect(json).toMatchObject({ delivered: false, status_code: null, error: 'timeout' });
  });

  it('is refused while there is no URL', async () => {
    await update({ crm_webhook_url: null });
    expectProblem(await api.call('POST', path), 409, 'webhook_url_missing');
  });
});
