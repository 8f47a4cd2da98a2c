import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, places, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const REPLAYS = '/api/v1/admin/dlq/replays';

function create(change: object = {}, key = KEYS.admin) {
  const json = { kind: 'webhooks', account_id: 'acc_mine', ...change };
  return api.call('POST', REPLAYS, { key, json });
}
const change = (verb: string, id = 'replay_1', key = KEYS.admin) =>
  api.call('POST', `${REPLAYS}/${id}/${verb}`, { key });

describe('a bulk replay', () => {
  it('counts first, and changes nothing', async () => {
    const answer = await create({
      dry_run: true,
      filter: { class: 'expired', from: '2026-11-21T10:00:00+01:00' },
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      kind: 'webhooks',
      account_id: 'acc_mine',
      dry_run: true,
      total: 7,
    });
    expect(api.world.bulkReplays.previews).toEqual([
      {
        accountId: 'acc_mine',
        kind: 'webhook',
        filter: { reason: 'expired', from: '2026-11-21T09:00:00.000Z', to: undefined },
      },
    ]);
    expect(api.world.bulkReplays.views.size).toBe(0);
    expect(api.world.kicks).toBe(0);
  });

  it('begins, and is found again with how far it is', async () => {
    const answer = await create({ kind: 'messages', rate_per_second: 20 });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`${REPLAYS}/replay_1`);
    expect(answer.json).toMatchObject({
      replay_id: 'replay_1',
      kind: 'messages',
      rate_per_second: 20,
      state: 'running',
      total: 7,
      replayed: 0,
    });
    expect(api.world.kicks).toBe(1);
    expect((await api.call('GET', `${REPLAYS}/replay_1`)).json).toEqual(answer.json);
  });

  it('is in a list, with those of the key alone', async () => {
    await create();
    const listed = await api.call('GET', REPLAYS);
    expect(listed.json).toMatchObject({ data: [{ replay_id: 'replay_1' }], next_cursor: null });
    const other = await api.call('GET', `${REPLAYS}?account_id=acc_theirs`);
    expect(other.json).toEqual({ data: [], next_cursor: null });
    const cursor = await api.call('GET', `${REPLAYS}?cursor=none`);
    expect(places(expectProblem(cursor, 400, 'validation_failed'))).toEqual(['query /cursor']);
    expectProblem(await api.call('GET', REPLAYS, { key: KEYS.crm }), 403, 'role_forbidden');
  });

  it('goes at ten a second unless it is told otherwise', async () => {
    expect((await create()).json).toMatchObject({ rate_per_second: 10, filter: {} });
  });

  it('is paused, resumed and cancelled, each as often as one likes', async () => {
    await create();
    for (const [verb, state] of [
      ['pause', 'paused'],
      ['pause', 'paused'],
      ['resume', 'running'],
      ['cancel', 'cancelled'],
    ] as const) {
      const answer = await change(verb);
      expect([answer.status, answer.json['state']]).toEqual([200, state]);
    }
    expect(api.world.kicks).toBe(5);
  });

  it.each(['pause', 'resume', 'cancel'])('that is over answers %s with 409', async (verb) => {
    await create();
    await change('cancel');
    const found = expectProblem(await change(verb), 409, 'bulk_replay_over');
    expect(found).toMatchObject({ state: 'cancelled' });
  });

  it.each([
    ['no account', { account_id: undefined }, '/account_id'],
    ['an unknown kind', { kind: 'webhook' }, '/kind'],
    ['a rate of 0', { rate_per_second: 0 }, '/rate_per_second'],
    ['a rate of 101', { rate_per_second: 101 }, '/rate_per_second'],
    ['a state in its filter', { filter: { state: 'open' } }, '/filter/state'],
    ['a time that is none', { filter: { to: 'now' } }, '/filter/to'],
    ['two reasons', { filter: { reason: 'a', class: 'b' } }, '/filter/class'],
    ['an unknown member', { dryRun: true }, '/dryRun'],
  ])('is refused with %s', async (_what, given, pointer) => {
    expect(places(expectProblem(await create(given), 400, 'validation_failed'))).toEqual([
      `body ${pointer}`,
    ]);
    expect(api.world.bulkReplays.views.size).toBe(0);
  });

  it('is of one account, which the key may use and which is there', async () => {
    for (const account_id of ['acc_theirs', 'acc_nobody'])
      expectProblem(await create({ account_id }, KEYS.scopedAdmin), 403, 'account_forbidden');
    const found = expectProblem(
      await create({ account_id: 'acc_nobody' }),
      404,
      'account_not_found',
    );
    expect(places(found)).toEqual(['body /account_id']);
  });

  it('of a foreign account is not there', async () => {
    await create({ account_id: 'acc_theirs' });
    const look = await api.call('GET', `${REPLAYS}/replay_1`, { key: KEYS.scopedAdmin });
    expectProblem(look, 404, 'bulk_replay_not_found');
    const cancel = await change('cancel', 'replay_1', KEYS.scopedAdmin);
    expectProblem(cancel, 404, 'bulk_replay_not_found');
    expectProblem(await change('cancel', 'replay_9'), 404, 'bulk_replay_not_found');
    expect(api.world.bulkReplays.views.get('replay_1')?.state).toBe('running');
  });
});
