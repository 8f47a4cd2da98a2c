import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const key = KEYS.scopedCrm;
const get = (path: string) => api.call('GET', `/api/v1${path}`, { key });
type Letter = { dead_letter_id: string };

describe('a key of role crm', () => {
  it('sees its own accounts, and not where their webhooks go', async () => {
    const { json } = await get('/accounts');
    expect(json['data']).toHaveLength(1);
    const one = await get('/accounts/acc_mine');
    expect(json['data']).toEqual([one.json]);
    expect(one.json).toMatchObject({ account_id: 'acc_mine', channel: 'instagram', enabled: true });
    expect(one.text).not.toMatch(/crm_webhook|secret|token|https?:/);
    const whole = await api.call('GET', '/api/v1/accounts/acc_mine', { key: KEYS.scopedAdmin });
    expect(whole.json).toMatchObject({ crm_webhook_url: 'https://crm.example.com/hook' });
  });

  it('sees its own dead letters, with every attempt', async () => {
    const letters = (await get('/admin/dlq/webhooks')).json['data'] as Letter[];
    expect(letters.map((each) => each.dead_letter_id)).toEqual(['dl_mine']);
    expect((await get('/admin/dlq/webhooks/dl_mine')).json).toMatchObject({
      attempt_list: [{ status_code: 401, detail: 'who are you?' }],
    });
  });

  it.each([
    ['/accounts/acc_theirs', 403, 'account_forbidden'],
    ['/accounts/acc_unknown', 403, 'account_forbidden'],
    ['/admin/dlq/webhooks?account_id=acc_theirs', 403, 'account_forbidden'],
    ['/admin/dlq/webhooks/dl_theirs', 404, 'dead_letter_not_found'],
  ])('learns nothing of others by %s', async (path, status, code) => {
    expectProblem(await get(path), status, code);
  });

  it.each([
    ['POST', '/accounts'],
    ['PUT', '/accounts/acc_mine'],
    ['DELETE', '/accounts/acc_mine'],
    ['POST', '/accounts/acc_mine/webhook-test'],
    ['POST', '/admin/dlq/webhooks/dl_mine/retry'],
    ['POST', '/admin/dlq/webhooks/dl_mine/discard'],
    ['POST', '/admin/dlq/replays'],
    ['GET', '/admin/alerts'],
    ['GET', '/api-keys'],
  ])('may not %s %s', async (method, path) => {
    const json = method === 'PUT' || method === 'POST' ? {} : undefined;
    const answer = await api.call(method, `/api/v1${path}`, { key, ...(json && { json }) });
    expectProblem(answer, 403, 'role_forbidden');
  });
});
