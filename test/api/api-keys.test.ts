import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { places, expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const API_KEYS = '/api/v1/api-keys';

function create(change: object = {}, key = KEYS.admin) {
  const json = { name: 'CRM', role: 'crm', account_ids: ['acc_mine'], ...change };
  return api.call('POST', API_KEYS, { key, json });
}

describe('API keys', () => {
  it('are shown once and work at once', async () => {
    const { status, json } = await create();
    expect(status).toBe(201);
    const key = json['key'] as string;
    expect((await api.call('GET', '/api/v1/conversations', { key })).status).toBe(200);
    const list = await api.call('GET', API_KEYS);
    expect(list.text).not.toContain(key);
    expect(list.text).toContain(json['key_id'] as string);
    expect(JSON.stringify(api.world.logs)).not.toContain(key);
  });

  it('keep their expiry in UTC', async () => {
    const { json } = await create({ expires_at: '2999-01-01T01:00:00+01:00' });
    expect(json['expires_at']).toBe('2999-01-01T00:00:00.000Z');
  });

  it('are refused from the moment they are revoked', async () => {
    expect((await api.call('DELETE', `${API_KEYS}/key_crm`)).status).toBe(204);
    const answer = await api.call('GET', '/api/v1/conversations', { key: KEYS.crm });
    expectProblem(answer, 401, 'unauthorized');
    expectProblem(await api.call('DELETE', `${API_KEYS}/key_crm`), 404, 'api_key_not_found');
  });

  it.each([
    ['no name', { name: ' ' }, '/name'],
    ['an unknown role', { role: 'root' }, '/role'],
    ['no accounts', { account_ids: [] }, '/account_ids'],
    ['accounts as text', { account_ids: 'acc_mine' }, '/account_ids'],
    ['an account id that is none', { account_ids: ['acc mine'] }, '/account_ids/0'],
    ['an expiry in the past', { expires_at: '2020-01-01T00:00:00Z' }, '/expires_at'],
    ['an expiry that is no time', { expires_at: 'tomorrow' }, '/expires_at'],
    ['a member that is not known', { key: 'mine' }, '/key'],
  ])('are not made with %s', async (_what, change, pointer) => {
    expect(places(expectProblem(await create(change), 400, 'validation_failed'))).toEqual([
      `body ${pointer}`,
    ]);
  });

  it('are not made for accounts that are not there', async () => {
    const found = expectProblem(
      await create({ account_ids: ['acc_mine', 'acc_nobody'] }),
      404,
      'account_not_found',
    );
    expect(places(found)).toEqual(['body /account_ids/1']);
  });
});

describe('an admin key for some accounts', () => {
  it('makes keys for these accounts only', async () => {
    expect((await create({}, KEYS.scopedAdmin)).status).toBe(201);
    const foreign = await create({ account_ids: ['acc_mine', 'acc_theirs'] }, KEYS.scopedAdmin);
    expect(places(expectProblem(foreign, 403, 'account_forbidden'))).toEqual([
      'body /account_ids/1',
    ]);
    expectProblem(await create({ account_ids: '*' }, KEYS.scopedAdmin), 403, 'account_forbidden');
  });

  it('sees and revokes only keys that may do no more than itself', async () => {
    const list = await api.call('GET', API_KEYS, { key: KEYS.scopedAdmin });
    expect(list.text).toContain('key_scoped');
    expect(list.text).not.toContain('key_crm');
    const revoke = (id: string) =>
      api.call('DELETE', `${API_KEYS}/${id}`, { key: KEYS.scopedAdmin });
    expectProblem(await revoke('key_crm'), 404, 'api_key_not_found');
    expect((await revoke('key_scoped')).status).toBe(204);
    expect((await api.call('GET', '/api/v1/conversations', { key: KEYS.crm })).status).toBe(200);
  });
});
