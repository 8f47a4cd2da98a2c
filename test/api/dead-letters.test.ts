import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, places, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const DLQ = '/api/v1/admin/dlq';
const get = (path: string, key = KEYS.admin) => api.call('GET', `${DLQ}${path}`, { key });
const post = (path: string, key = KEYS.admin) => api.call('POST', `${DLQ}${path}`, { key });

describe('the list of dead letters', () => {
  it('is of one kind, page by page', async () => {
    const first = await get('/webhooks');
    expect(first.json['data']).toMatchObject([
      { dead_letter_id: 'dl_mine', kind: 'webhooks', subject_id: 'whd_1', state: 'open' },
      { dead_letter_id: 'dl_theirs' },
    ]);
    expect(first.json['next_cursor']).toBe('page2');
    const messages = await get('/messages?cursor=page2');
    expect(messages.json['data']).toMatchObject([{ dead_letter_id: 'dl_message' }]);
    expect((await get('/mirror')).json['data']).toEqual([]);
    expect(api.world.deadLetters.listed.map(({ kind }) => kind)).toEqual([
      'webhook',
      'message',
      'mirror',
    ]);
  });

  it('takes every filter', async () => {
    await get(
      '/webhooks?account_id=acc_mine&reason=expired&state=open&limit=7' +
        '&from=2026-11-21T10:00:00%2B01:00&to=2026-11-22T00:00:00Z',
    );
    expect(api.world.deadLetters.listed).toEqual([
      {
        kind: 'webhook',
        scope: '*',
        filter: {
          accountId: 'acc_mine',
          reason: 'expired',
          state: 'open',
          from: new Date('2026-11-21T09:00:00Z'),
          to: new Date('2026-11-22T00:00:00Z'),
        },
        page: { limit: 7, cursor: undefined },
      },
    ]);
  });

  it('leaves out nothing that lies before an end inside a millisecond', async () => {
    const span = 'from=2026-11-21T09:00:00.000003Z&to=2026-11-21T09:00:00.000003Z';
    await get(`/webhooks?${span}`);
    await get('/webhooks?to=2026-11-21T09:00:00.001000Z');
    expect(api.world.deadLetters.listed.map(({ filter: { from, to } }) => [from, to])).toEqual([
      [new Date('2026-11-21T09:00:00.000Z'), new Date('2026-11-21T09:00:00.001Z')],
      [undefined, new Date('2026-11-21T09:00:00.001Z')],
    ]);
  });

  it('takes class for reason, unless both are there and differ', async () => {
    await get('/webhooks?class=expired');
    await get('/webhooks?class=expired&reason=expired');
    expect(api.world.deadLetters.listed.map(({ filter }) => filter.reason)).toEqual([
      'expired',
      'expired',
    ]);
    const found = await get('/webhooks?class=expired&reason=rejected');
    expect(places(expectProblem(found, 400, 'validation_failed'))).toEqual(['query /class']);
  });

  it('has the dead letters of the accounts of the key', async () => {
    const own = await get('/webhooks', KEYS.scopedAdmin);
    expect(own.json['data']).toMatchObject([{ dead_letter_id: 'dl_mine' }]);
    for (const foreign of ['acc_theirs', 'acc_nobody']) {
      const answer = await get(`/webhooks?account_id=${foreign}`, KEYS.scopedAdmin);
      expect(places(expectProblem(answer, 403, 'account_forbidden'))).toEqual([
        'query /account_id',
      ]);
    }
  });

  it.each([
    ['/faxes', 'path /kind'],
    ['/webhooks?state=closed', 'query /state'],
    ['/webhooks?reason=A%20B', 'query /reason'],
    ['/webhooks?from=yesterday', 'query /from'],
    ['/webhooks?to=2026-11-21', 'query /to'],
    ['/webhooks?limit=0', 'query /limit'],
    ['/webhooks?cursor=else', 'query /cursor'],
    ['/webhooks?sort=asc', 'query /sort'],
  ])('refuses %s', async (path, place) => {
    expect(places(expectProblem(await get(path), 400, 'validation_failed'))).toEqual([place]);
  });
});

describe('one dead letter', () => {
  it('shows every attempt and a diagnosis in words', async () => {
    const { json } = await get('/webhooks/dl_mine');
    expect(json).toMatchObject({
      dead_letter_id: 'dl_mine',
      last_status_code: 401,
      diagnosis: {
        class: 'unauthorized',
        likely_cause: expect.stringContaining('signature'),
        what_to_do: expect.stringContaining('webhook_secret'),
        same_cause: 3,
      },
      attempt_list: [{ status_code: 401, detail: 'who are you?', duration_ms: 12 }],
    });
  });

  it('of another kind, a foreign account, or none is the same 404', async () => {
    const answers = [
      await get('/webhooks/dl_message'),
      await get('/webhooks/dl_theirs', KEYS.scopedAdmin),
      await get('/webhooks/dl_nobody', KEYS.scopedAdmin),
    ].map((answer) => ({ ...expectProblem(answer, 404, 'dead_letter_not_found') }));
    const same = answers.map((problem) => ({ ...problem, correlation_id: '' }));
    expect(same[1]).toEqual(same[2]);
    expect(same[0]).toEqual(same[2]);
  });
});

describe.each([
  ['retry', 'replay'],
  ['discard', 'discard'],
])('to %s a dead letter', (asked, what) => {
  it('is answered with 202, written down with who asked, and dispatched', async () => {
    const answer = await post(`/webhooks/dl_mine/${asked}`);
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ dead_letter_id: 'dl_mine', asked });
    expect(api.world.deadLetters.asked).toEqual([{ id: 'dl_mine', what, actor: 'key_admin' }]);
    expect(api.world.kicks).toBe(1);
  });

  it.each(['replaying', 'resolved', 'discarded', 'expired'] as const)(
    'that is %s is a 409 with its state',
    async (state) => {
      Object.assign(api.world.deadLetters.letters[0] ?? {}, { state });
      const answer = await post(`/webhooks/dl_mine/${asked}`);
      expect(expectProblem(answer, 409, 'dead_letter_not_open')).toMatchObject({ state });
      expect(api.world.deadLetters.asked).toEqual([]);
      expect(api.world.kicks).toBe(0);
    },
  );

  it('of a foreign account is a 404', async () => {
    const answer = await post(`/webhooks/dl_theirs/${asked}`, KEYS.scopedAdmin);
    expectProblem(answer, 404, 'dead_letter_not_found');
  });
});

describe('the dead letters and alerts', () => {
  it.each([
    ['POST', `${DLQ}/webhooks/dl_mine/retry`],
    ['POST', `${DLQ}/webhooks/dl_mine/discard`],
    ['POST', `${DLQ}/replays`],
    ['GET', `${DLQ}/replays/replay_1`],
    ['POST', `${DLQ}/replays/replay_1/pause`],
    ['POST', `${DLQ}/replays/replay_1/resume`],
    ['POST', `${DLQ}/replays/replay_1/cancel`],
    ['GET', '/api/v1/admin/alerts'],
  ])('are for admin keys: %s %s', async (method, path) => {
    expectProblem(await api.call(method, path, { key: KEYS.crm }), 403, 'role_forbidden');
    expectProblem(await api.call(method, path, { key: null }), 401, 'unauthorized');
  });
});
