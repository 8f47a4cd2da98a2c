import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, places, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const list = (query = '', key = KEYS.admin) =>
  api.call('GET', `/api/v1/admin/alerts${query}`, { key });

describe('alerts', () => {
  it('are listed with their cause, account, times and count', async () => {
    expect((await list()).json).toEqual({
      data: [
        {
          alert_id: 'alert_1',
          cause: 'crm_unauthorized',
          account_id: 'acc_mine',
          channel: null,
          open: true,
          count: 2,
          codes: [],
          first_at: '2026-11-21T09:30:00.000Z',
          last_at: '2026-11-21T09:30:00.000Z',
          resolved_at: null,
          workflow_ids: [],
        },
        expect.objectContaining({
          cause: 'channel_silent',
          account_id: null,
          channel: 'telegram',
          open: false,
        }),
      ],
      next_cursor: null,
    });
  });

  it.each([
    ['?open=true', ['alert_1']],
    ['?open=false', ['alert_2']],
  ])('are narrowed by %s', async (query, ids) => {
    const data = (await list(query)).json['data'] as { alert_id: string }[];
    expect(data.map((each) => each.alert_id)).toEqual(ids);
  });

  it('of no account are shown to keys for all accounts only', async () => {
    expect((await list('', KEYS.scopedAdmin)).json['data']).toMatchObject([
      { alert_id: 'alert_1' },
    ]);
  });

  it.each([
    ['?open=yes', 'query /open'],
    ['?cursor=else', 'query /cursor'],
    ['?account_id=acc_mine', 'query /account_id'],
  ])('are not listed with %s', async (query, place) => {
    expect(places(expectProblem(await list(query), 400, 'validation_failed'))).toEqual([place]);
  });
});
