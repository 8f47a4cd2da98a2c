import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aSendRequest, expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
let messageId: string;
beforeEach(async () => {
  api = await startApi();
  const sent = await api.call('POST', '/api/v1/messages/send', { json: aSendRequest() });
  messageId = sent.json['message_id'] as string;
});
afterEach(() => api.stop());

const act = (name: string, id = messageId, key = KEYS.crm) =>
  api.call('POST', `/api/v1/messages/${id}/${name}`, { key });

describe.each(['resend', 'confirm', 'cancel'])('%s', (name) => {
  it('does it, answers how the message stands, and makes the dispatcher look', async () => {
    const kicks = api.world.kicks;
    const answer = await act(name);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ message_id: messageId, transitions: expect.any(Array) });
    expect(api.world.messageActions.state.asked).toEqual([{ name, messageId, scope: '*' }]);
    expect(api.world.kicks).toBe(kicks + 1);
  });

  it('where it makes no sense is a 409 with the present status', async () => {
    api.world.messageActions.state.result = {
      kind: 'wrong_state',
      status: 'delivered',
      detail: 'Only some can.',
    };
    const kicks = api.world.kicks;
    const found = expectProblem(await act(name), 409, 'message_state_conflict');
    expect(found).toMatchObject({
      detail: 'The message is delivered. Only some can.',
      state: 'delivered',
      retryable: false,
    });
    expect(api.world.kicks).toBe(kicks);
  });

  it('of a message that the key cannot see is a 404, as of none', async () => {
    api.world.messageActions.state.result = { kind: 'not_found' };
    expectProblem(await act(name, undefined, KEYS.scopedCrm), 404, 'message_not_found');
    expect(api.world.messageActions.state.asked).toMatchObject([{ scope: ['acc_mine'] }]);
  });

  it('needs the id of a message, and a key', async () => {
    expectProblem(await act(name, 'mine'), 404, 'message_not_found');
    expectProblem(
      await api.call('POST', `/api/v1/messages/${messageId}/${name}`, { key: null }),
      401,
      'unauthorized',
    );
    expect(api.world.messageActions.state.asked).toEqual([]);
  });
});
