import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const get = (id: string, key = KEYS.crm) => api.call('GET', `/api/v1/messages/${id}`, { key });

describe('one message', () => {
  it('is shown whole: as in the history, with what its status has', async () => {
    const answer = await get(api.world.conversations.message.id.toUpperCase());
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      message_id: api.world.conversations.message.id,
      account_id: 'acc_mine',
      channel: 'instagram',
      direction: 'in',
      text: 'hello',
      sender_id: '1254',
      status: null,
      error: null,
      transitions: [],
      retry_count: 0,
      errors: [],
      parts: [],
      wait_reason: null,
      idempotency_key: null,
      content: null,
    });
  });

  it.each(['send', 'check', 'not-a-uuid', randomUUID()])(
    'is a 404 for an id that no message has, and no other request: %s',
    async (id) => {
      const isPath = id === 'send' || id === 'check';
      const [status, code] = isPath ? [405, 'method_not_allowed'] : [404, 'message_not_found'];
      expectProblem(await get(id), Number(status), String(code));
    },
  );
});
