import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, places, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const DELIVERIES = '/api/v1/webhook-deliveries';
const get = (path = '', key: string | null = KEYS.scopedCrm) =>
  api.call('GET', `${DELIVERIES}${path}`, { key });

describe('the webhooks of the accounts of a key', () => {
  it('are listed without what they say', async () => {
    const { json } = await get();
    expect(json).toEqual({
      data: [
        {
          webhook_id: 'whd_mine',
          account_id: 'acc_mine',
          conversation_id: 'conv_mine',
          message_id: null,
          type: 'message.received',
          sequence: 3,
          state: 'pending',
          attempts: 1,
          last_status_code: 503,
          last_error: null,
          created_at: '2026-11-21T09:30:00.000Z',
          first_attempt_at: '2026-11-21T09:30:00.000Z',
          next_attempt_at: '2026-11-21T09:30:00.000Z',
          delivered_at: null,
        },
      ],
      next_cursor: null,
    });
    expect(((await get('', KEYS.admin)).json['data'] as object[]).length).toBe(2);
  });

  it('take every filter', async () => {
    await get(
      '?account_id=acc_mine&state=dead&type=message.sent&limit=7' +
        '&from=2026-11-21T10:00:00%2B01:00&to=2026-11-22T00:00:00Z',
    );
    expect(api.world.deliveries.listed).toEqual([
      {
        scope: ['acc_mine'],
        filter: {
          accountId: 'acc_mine',
          state: 'dead',
          type: 'message.sent',
          from: new Date('2026-11-21T09:00:00Z'),
          to: new Date('2026-11-22T00:00:00Z'),
        },
        page: { limit: 7, cursor: undefined },
      },
    ]);
  });

  it.each([
    ['state=lost', 'query /state'],
    ['type=message.unheard', 'query /type'],
    ['limit=0', 'query /limit'],
    ['from=yesterday', 'query /from'],
    ['id=1', 'query /id'],
  ])('refuse %s', async (query, place) => {
    expect(places(expectProblem(await get(`?${query}`), 400, 'validation_failed'))).toEqual([
      place,
    ]);
  });

  it('are looked at one by one, with every attempt', async () => {
    expect((await get('/whd_mine')).json).toMatchObject({
      webhook_id: 'whd_mine',
      attempt_list: [
        {
          at: '2026-11-21T09:30:00.000Z',
          status_code: 503,
          error: null,
          duration_ms: 12,
          response_excerpt: 'restarting',
        },
      ],
    });
  });

  it('are nobody else’s', async () => {
    expectProblem(await get('?account_id=acc_theirs'), 403, 'account_forbidden');
    expectProblem(await get('/whd_theirs'), 404, 'webhook_delivery_not_found');
    expectProblem(await get('/whd_unknown'), 404, 'webhook_delivery_not_found');
    expectProblem(await get('', null), 401, 'unauthorized');
    expectProblem(await get('?cursor=bm9uZQ'), 400, 'validation_failed');
  });
});
