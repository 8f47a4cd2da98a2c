import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, places, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

const PATH = '/api/v1/accounts/acc_mine/auto-replies';
const aRule = (change: object = {}) => ({
  match: 'exact',
  pattern: 'order66',
  text: 'It is on its way, {name}.',
  ...change,
});
const hours = (change: object = {}) => ({
  timezone: 'America/Sao_Paulo',
  days: ['mon'],
  from: '22:00',
  to: '06:00',
  ...change,
});

let api: TestApi;
beforeEach(async () => void (api = await startApi()));
afterEach(() => api.stop());

const create = (change: object = {}) => api.call('POST', PATH, { json: aRule(change) });

describe('rules for automatic answers', () => {
  it('are added with what was left out filled in, changed in part, listed and deleted', async () => {
    const created = await create();
    expect(created.status).toBe(201);
    expect(created.json).toMatchObject({
      account_id: 'acc_mine',
      enabled: true,
      priority: 100,
      match: 'exact',
      pattern: 'order66',
      case_sensitive: false,
      active_hours: null,
      cooldown_seconds: 60,
      text: 'It is on its way, {name}.',
    });
    const path = `${PATH}/${String(created.json['rule_id'])}`;
    expect(created.headers.get('location')).toBe(path);
    const changed = await api.call('PUT', path, {
      json: { priority: 5, active_hours: hours({ days: undefined }) },
    });
    expect(changed.json).toMatchObject({ priority: 5, pattern: 'order66' });
    expect(changed.json['active_hours']).toMatchObject({
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    });
    expect((await api.call('GET', path)).json).toEqual(changed.json);
    expect((await api.call('GET', PATH)).json).toEqual({
      data: [changed.json],
      next_cursor: null,
    });
    expect((await api.call('DELETE', path)).status).toBe(204);
    for (const method of ['GET', 'DELETE'])
      expectProblem(await api.call(method, path), 404, 'auto_reply_not_found');
    expectProblem(await api.call('PUT', path, { json: {} }), 404, 'auto_reply_not_found');
  });

  it.each([
    ['an unknown kind of match', { match: 'fuzzy' }, '/match'],
    ['no pattern', { pattern: undefined }, '/pattern'],
    ['an empty pattern', { pattern: '' }, '/pattern'],
    ['a pattern of white space', { pattern: ' \n' }, '/pattern'],
    ['a pattern that is too long', { pattern: 'a'.repeat(501) }, '/pattern'],
    ['an expression that is not closed', { match: 'regex', pattern: '(a' }, '/pattern'],
    ['an expression with a look-ahead', { match: 'regex', pattern: '(?=a)b' }, '/pattern'],
    ['a back-reference', { match: 'regex', pattern: '(a)\\1' }, '/pattern'],
    ['an expression that is too large', { match: 'regex', pattern: '(\\w{50}){20}' }, '/pattern'],
    ['too many repetitions', { match: 'regex', pattern: 'a{1001}' }, '/pattern'],
    ['no text', { text: undefined }, '/text'],
    ['an empty text', { text: ' ' }, '/text'],
    ['a text that is too long', { text: 'a'.repeat(2_001) }, '/text'],
    ['a placeholder with a typing error', { text: 'Hello {nmae}' }, '/text'],
    ['a priority below 0', { priority: -1 }, '/priority'],
    ['a cool-down that is no whole number', { cooldown_seconds: 1.5 }, '/cooldown_seconds'],
    ['a cool-down below 0', { cooldown_seconds: -1 }, '/cooldown_seconds'],
    ['a member that is not known', { cooldown: 1 }, '/cooldown'],
    ['enabled as text', { enabled: 'yes' }, '/enabled'],
    [
      'an unknown time zone',
      { active_hours: hours({ timezone: 'Mars' }) },
      '/active_hours/timezone',
    ],
    [
      'an offset as time zone',
      { active_hours: hours({ timezone: '+03:00' }) },
      '/active_hours/timezone',
    ],
    ['no day', { active_hours: hours({ days: [] }) }, '/active_hours/days'],
    ['a day twice', { active_hours: hours({ days: ['mon', 'mon'] }) }, '/active_hours/days'],
    ['an unknown day', { active_hours: hours({ days: ['monday'] }) }, '/active_hours/days/0'],
    ['no such time', { active_hours: hours({ from: '25:00' }) }, '/active_hours/from'],
    ['24:00 as the begin', { active_hours: hours({ from: '24:00' }) }, '/active_hours/from'],
    ['no time at all', { active_hours: hours({ to: '22:00' }) }, '/active_hours/to'],
  ])('are refused with %s, and the place is named', async (_, change, pointer) => {
    const problem = expectProblem(await create(change), 400, 'validation_failed');
    expect(places(problem)).toEqual([`body ${pointer}`]);
    expect(api.world.autoReplies.rules.size).toBe(0);
  });

  it('name the member that makes a stored pattern unreadable', async () => {
    const { json } = await create({ pattern: '(a' });
    const path = `${PATH}/${String(json['rule_id'])}`;
    const other = await api.call('PUT', path, { json: { match: 'regex' } });
    expect(places(expectProblem(other, 400, 'validation_failed'))).toEqual(['body /match']);
    expect((await api.call('GET', path)).json).toMatchObject({ match: 'exact', pattern: '(a' });
  });

  it('have an end', async () => {
    for (const pattern of ['one', 'two', 'three']) await create({ pattern });
    expectProblem(await create({ pattern: 'four' }), 409, 'auto_reply_limit');
  });

  it('are for admin keys of the account, and for accounts that exist', async () => {
    const { json } = await create();
    const paths = [PATH, `${PATH}/${String(json['rule_id'])}`];
    const theirs = '/api/v1/accounts/acc_theirs/auto-replies';
    for (const path of paths) {
      expectProblem(await api.call('GET', path, { key: KEYS.crm }), 403, 'role_forbidden');
      expectProblem(await api.call('GET', path, { key: null }), 401, 'unauthorized');
    }
    for (const [method, path] of [
      ['GET', theirs],
      ['POST', theirs],
      ['GET', `${theirs}/rule_1`],
      ['PUT', `${theirs}/rule_1`],
      ['DELETE', `${theirs}/rule_1`],
    ] as const) {
      const body = method === 'POST' ? { json: aRule() } : method === 'PUT' ? { json: {} } : {};
      const answer = await api.call(method, path, { key: KEYS.scopedAdmin, ...body });
      expectProblem(answer, 403, 'account_forbidden');
    }
    const nobody = PATH.replace('acc_mine', 'acc_nobody');
    expectProblem(await api.call('GET', nobody), 404, 'account_not_found');
    expectProblem(await api.call('POST', nobody, { json: aRule() }), 404, 'account_not_found');
  });
});
