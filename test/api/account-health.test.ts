import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => void (api = await startApi()));
afterEach(() => api.stop());

describe('the health of an account', () => {
  it('says how it stands, when the token ends, what waits, and whether the CRM answers', async () => {
    Object.assign(api.world.accountHealth.view, {
      status: 'degraded',
      lastError: { class: 'unreachable', code: 'ECONNREFUSED' },
      facts: { quality_rating: 'YELLOW' },
      waitingMessages: 3,
      oldestWaitingSeconds: 12.5,
      webhookState: 'down',
    });
    const answer = await api.call('GET', '/api/v1/accounts/acc_mine/health', { key: KEYS.crm });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      account_id: 'acc_mine',
      channel: 'instagram',
      status: 'degraded',
      checked_at: '2026-11-21T09:30:00.000Z',
      token: { expires_at: '2026-12-21T09:30:00.000Z', days_left: 30 },
      facts: { quality_rating: 'YELLOW' },
      last_error: { class: 'unreachable', code: 'ECONNREFUSED' },
      queue: { waiting_messages: 3, oldest_waiting_seconds: 12.5 },
      webhook_state: 'down',
    });
  });

  it('is told to nobody whose key is not for the account, nor without a key', async () => {
    const path = '/api/v1/accounts/acc_theirs/health';
    expectProblem(await api.call('GET', path, { key: KEYS.scopedCrm }), 403, 'account_forbidden');
    expectProblem(await api.call('GET', path, { key: null }), 401, 'unauthorized');
    const missing = await api.call('GET', '/api/v1/accounts/acc_nobody/health');
    expectProblem(missing, 404, 'account_not_found');
  });
});
