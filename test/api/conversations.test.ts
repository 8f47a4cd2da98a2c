import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { places, expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const CONVERSATIONS = '/api/v1/conversations';
const get = (path: string, key = KEYS.crm) => api.call('GET', `${CONVERSATIONS}${path}`, { key });

describe('conversations', () => {
  it('are listed page by page', async () => {
    const first = await get('');
    expect(first.json['data']).toMatchObject([
      { conversation_id: 'conv_mine', account_id: 'acc_mine', recipient_id: '1254' },
      { conversation_id: 'conv_theirs' },
    ]);
    expect(first.json['next_cursor']).toBe('page2');
    expect((await get('?cursor=page2&limit=100')).json['next_cursor']).toBeNull();
    expect(api.world.conversations.limits).toEqual([50, 100]);
  });

  it('are those of the accounts of the key, or of one account', async () => {
    expect((await get('', KEYS.scopedCrm)).json['data']).toHaveLength(1);
    expect((await get('?account_id=acc_theirs')).json['data']).toMatchObject([
      { account_id: 'acc_theirs' },
    ]);
    for (const foreign of ['acc_theirs', 'acc_nobody']) {
      const answer = await get(`?account_id=${foreign}`, KEYS.scopedCrm);
      expect(places(expectProblem(answer, 403, 'account_forbidden'))).toEqual([
        'query /account_id',
      ]);
    }
  });

  it.each([
    ['?cursor=', '/cursor'],
    ['?cursor=nonsense', '/cursor'],
    ['?cursor=%00', '/cursor'],
    [`?cursor=${'x'.repeat(600)}`, '/cursor'],
    ['?cursor=page2&cursor=page2', '/cursor'],
    ['?limit=0', '/limit'],
    ['?limit=101', '/limit'],
    ['?limit=-1', '/limit'],
    ['?limit=1e1', '/limit'],
    ['?limit=', '/limit'],
    ['?limit=5&limit=6', '/limit'],
    ['?account_id=a%20b', '/account_id'],
    ['?cursr=page2', '/cursr'],
    ['?recipient_id=', '/recipient_id'],
    ['?recipient_id=a%20b', '/recipient_id'],
    ['?channel=', '/channel'],
    ['?channel=fax', '/channel'],
    ['?type=direct', '/type'],
    ['?from=', '/from'],
    ['?from=2026-11-21', '/from'],
    ['?from=2026-11-21T10:00:00Z&to=2026-11-21T10:00:00Z', '/to'],
    ['?recipient_id=12%0054', '/recipient_id'],
    ['?%00=1', '/\u2400'],
    ['?created_from=2026-11-22T10:00:00Z&created_to=2026-11-21T10:00:00Z', '/created_to'],
  ])('refuse the query %s', async (query, pointer) => {
    expect(places(expectProblem(await get(query), 400, 'validation_failed'))).toEqual([
      `query ${pointer}`,
    ]);
  });

  it('are narrowed by customer, channel, type and time, all together', async () => {
    const answer = await get(
      '?recipient_id=1254&channel=instagram&type=DIRECT&from=2026-11-21T10:00:00%2B01:00' +
        '&to=2026-11-22T10:00:00Z&created_from=2026-11-01T00:00:00Z&created_to=2026-12-01T00:00:00Z',
    );
    expect(answer.status).toBe(200);
    expect(api.world.conversations.filters.at(-1)).toMatchObject({
      recipientIds: ['1254'],
      channel: 'instagram',
      type: 'DIRECT',
      from: new Date('2026-11-21T09:00:00Z'),
      to: new Date('2026-11-22T10:00:00Z'),
      createdFrom: new Date('2026-11-01T00:00:00Z'),
      createdTo: new Date('2026-12-01T00:00:00Z'),
    });
  });

  it('come with their newest message in short form, and with who writes as events name them', async () => {
    expect((await get('/conv_mine')).json).toMatchObject({
      message_count: 1,
      last_message: { direction: 'in', message_type: 'text', text: 'hello', status: null },
      participants: [{ sender_id: '1254' }],
    });
    expect((await get('/conv_mine/messages')).json).toMatchObject({
      data: [
        {
          ...{ sender_id: '1254', sender_username: 'ana', error: null, transitions: [] },
          reactions: [{ emoji: '❤️', sender_id: '1254' }],
        },
      ],
    });
  });

  it('are shown one by one, with their messages', async () => {
    expect((await get('/conv_mine')).json).toMatchObject({
      participants: [{ id: '1254', role: 'CUSTOMER', username: 'ana', name: null }],
    });
    expect((await get('/conv_mine/messages')).json).toMatchObject({
      data: [{ direction: 'in', message_type: 'text', text: 'hello', status: null }],
      next_cursor: null,
    });
    const bad = await get('/conv_mine/messages?cursor=page2');
    expect(places(expectProblem(bad, 400, 'validation_failed'))).toEqual(['query /cursor']);
  });

  it.each(['', '/messages'])('are the same 404, unknown or foreign: %s', async (rest) => {
    const foreign = await get(`/conv_theirs${rest}`, KEYS.scopedCrm);
    const unknown = await get(`/conv_nobody${rest}`, KEYS.scopedCrm);
    const one = expectProblem(foreign, 404, 'conversation_not_found');
    const other = expectProblem(unknown, 404, 'conversation_not_found');
    expect({ ...one, correlation_id: '' }).toEqual({ ...other, correlation_id: '' });
  });
});
