import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { aSendRequest, places, expectProblem, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());
beforeEach(() => void (api.world.messages.rows.length = 0));

const SEND = '/api/v1/messages/send';

function send(change: object = {}, key = KEYS.crm, headers: Record<string, string> = {}) {
  return api.call('POST', SEND, { key, json: aSendRequest(change), headers });
}

describe('sending a message', () => {
  it('stores it, answers 202 and makes the dispatcher look', async () => {
    const kicks = api.world.kicks;
    const answer = await send({}, KEYS.crm, { 'x-request-id': 'from-the-crm_1' });
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      message_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'pending',
      conversation_id: 'conv_mine',
      position: 13,
      created_at: '2026-11-21T09:30:00.000Z',
    });
    expect(api.world.kicks).toBe(kicks + 1);
    expect(api.world.messages.rows[0]?.request).toMatchObject({
      to: { accountId: 'acc_mine', recipientId: '1254' },
      content: { type: 'text', text: 'hello' },
      traceId: 'from-the-crm_1',
      visibleAccounts: '*',
    });
  });

  it('logs the message with its ids and the trace, and no text', async () => {
    await send({ message: 'canary-text' }, KEYS.crm, { 'x-request-id': 'trace-me' });
    const line = api.world.logs.findLast((each) => each.message === 'message accepted');
    expect(line?.fields).toMatchObject({ account_id: 'acc_mine', trace_id: 'trace-me' });
    expect(JSON.stringify(api.world.logs)).not.toContain('canary-text');
  });

  it('lets an admin key send too', async () => {
    expect((await send({}, KEYS.admin)).status).toBe(202);
  });

  it('takes 10,000 characters and refuses 10,001, counting an emoji once', async () => {
    expect((await send({ message: '😀'.repeat(10_000) })).status).toBe(202);
    const found = expectProblem(
      await send({ message: '😀'.repeat(10_001) }),
      400,
      'validation_failed',
    );
    expect(places(found)).toEqual(['body /message']);
  });

  it.each([
    ['empty text', { message: '' }, '/message'],
    ['only white space', { message: ' \n\t\u00a0' }, '/message'],
    ['no text', { message: undefined }, '/message'],
    ['text that is a number', { message: 7 }, '/message'],
    ['NUL in the text', { message: 'a\0b' }, '/message'],
    ['NUL in the idempotency key', { idempotency_key: '\0' }, '/idempotency_key'],
    ['an empty recipient', { recipient_id: '' }, '/recipient_id'],
    ['white space in the recipient', { recipient_id: '12 54' }, '/recipient_id'],
    ['an account id with a slash', { account_id: 'acc/../x' }, '/account_id'],
    ['a message id that is no UUID', { message_id: 'mine-1' }, '/message_id'],
    [
      'the nil UUID as a message id',
      { message_id: '00000000-0000-0000-0000-000000000000' },
      '/message_id',
    ],
    ['an empty idempotency key', { idempotency_key: '' }, '/idempotency_key'],
    [
      'an idempotency key of 256 characters',
      { idempotency_key: 'k'.repeat(256) },
      '/idempotency_key',
    ],
    ['a member that is not known', { mesage: 'hi' }, '/mesage'],
  ])('refuses %s and points at it', async (_what, change, pointer) => {
    const found = expectProblem(await send(change), 400, 'validation_failed');
    expect(places(found)).toEqual([`body ${pointer}`]);
    expect(found.retryable).toBe(false);
    expect(api.world.messages.rows).toEqual([]);
  });

  it('points at everything that is wrong at once', async () => {
    const found = expectProblem(
      await send({ message: '', recipient_id: 5, 'a/b~c': 1 }),
      400,
      'validation_failed',
    );
    expect(places(found).sort()).toEqual(['body /a~1b~0c', 'body /message', 'body /recipient_id']);
  });

  it('answers 404 for an account that is not there', async () => {
    const found = expectProblem(await send({ account_id: 'acc_nobody' }), 404, 'account_not_found');
    expect(places(found)).toEqual(['body /account_id']);
  });

  it('answers the same 403 for foreign accounts, existing or not', async () => {
    const theirs = expectProblem(
      await send({ account_id: 'acc_theirs' }, KEYS.scopedCrm),
      403,
      'account_forbidden',
    );
    const nobodys = expectProblem(
      await send({ account_id: 'acc_nobody' }, KEYS.scopedCrm),
      403,
      'account_forbidden',
    );
    expect({ ...theirs, correlation_id: '' }).toEqual({ ...nobodys, correlation_id: '' });
    expect((await send({}, KEYS.scopedCrm)).status).toBe(202);
  });

  it('answers 409 for a disabled account', async () => {
    api.world.messages.state.disabled.add('acc_mine');
    expectProblem(await send(), 409, 'account_disabled');
    api.world.messages.state.disabled.clear();
  });
});

describe('sending once', () => {
  it.each([
    ['the body', { idempotency_key: 'order-1' }, {}],
    ['the header', {}, { 'idempotency-key': 'order-1' }],
    ['both', { idempotency_key: 'order-1' }, { 'idempotency-key': 'order-1' }],
  ])('gives the first answer again for a key in %s', async (_where, change, headers) => {
    const first = await send(change, KEYS.crm, headers);
    const second = await send(change, KEYS.crm, headers);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(api.world.messages.rows).toHaveLength(1);
  });

  it('refuses another body with 422 that carries the existing message_id', async () => {
    const first = await send({ idempotency_key: 'order-2' });
    const found = expectProblem(
      await send({ idempotency_key: 'order-2', message: 'other' }),
      422,
      'idempotency_conflict',
    );
    expect(found.message_id).toBe(first.json['message_id']);
    expect(api.world.messages.rows).toHaveLength(1);
  });

  it('follows the same rules for a message_id of the client, in any case', async () => {
    const message_id = randomUUID();
    const first = await send({ message_id });
    const again = await send({ message_id: message_id.toUpperCase() });
    expect(first.json['message_id']).toBe(message_id);
    expect(again.text).toBe(first.text);
    const found = expectProblem(
      await send({ message_id, message: 'x' }),
      422,
      'idempotency_conflict',
    );
    expect(found.message_id).toBe(message_id);
  });

  it.each([
    ['1', 'c232ab00-9414-11ec-b3c8-9f6bdeced846'],
    ['3', '6fa459ea-ee8a-3ca4-894e-db77e160355e'],
    ['5', '886313e1-3b8a-5372-9b90-0c9aee199e5d'],
    ['6', '1ec9414c-232a-6b00-b3c8-9f6bdeced846'],
    ['7', '019a5f0e-1c2d-7e3f-9a4b-5c6d7e8f9a0b'],
    ['8', '320c3d4d-cc00-875b-8ec9-32d5f69181c0'],
    ['none that is known', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ])('takes a message_id that is a UUID of version %s', async (_version, message_id) => {
    expect((await send({ message_id })).json['message_id']).toBe(message_id);
    const status = await api.call('GET', `/api/v1/messages/${message_id}/status`);
    expect(status.status).toBe(200);
  });

  it('tells nothing of a message_id that is taken in a foreign account', async () => {
    const message_id = randomUUID();
    await send({ message_id, account_id: 'acc_theirs' });
    const found = expectProblem(
      await send({ message_id }, KEYS.scopedCrm),
      409,
      'message_id_taken',
    );
    expect(found.message_id).toBeUndefined();
  });

  it('refuses keys that differ between body and header', async () => {
    const answer = await send({ idempotency_key: 'a' }, KEYS.crm, { 'idempotency-key': 'b' });
    const found = expectProblem(answer, 400, 'validation_failed');
    expect(places(found)).toEqual(['body /idempotency_key', 'header /idempotency-key']);
  });

  it('refuses a header that is sent twice', async () => {
    const body = JSON.stringify(aSendRequest());
    const answer = await api.raw(
      `POST ${SEND} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${KEYS.crm}\r\n` +
        'Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toContain('400 Bad Request');
    expect(answer).toContain('"/idempotency-key"');
  });
});

describe('the status of a message', () => {
  it('has transitions, errors, parts and the id of the platform', async () => {
    const { json } = await send();
    const answer = await api.call('GET', `/api/v1/messages/${json['message_id']}/status`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      message_id: json['message_id'],
      status: 'sent',
      retry_count: 1,
      platform_message_id: 'mid.42',
      instagram_message_id: 'mid.42',
      transitions: [{ status: 'pending', at: '2026-11-21T09:30:00.000Z' }],
      errors: [{ attempt: 1, class: 'transient', code: '2' }],
      parts: [{ part: 1, status: 'sent' }],
    });
  });

  it('is the same 404 for an unknown and for a foreign message', async () => {
    const { json } = await send({ account_id: 'acc_theirs' });
    const ask = (id: unknown) =>
      api.call('GET', `/api/v1/messages/${id}/status`, { key: KEYS.scopedCrm });
    const foreign = expectProblem(await ask(json['message_id']), 404, 'message_not_found');
    const unknown = expectProblem(await ask(randomUUID()), 404, 'message_not_found');
    expect({ ...foreign, correlation_id: '' }).toEqual({ ...unknown, correlation_id: '' });
  });

  it.each(['1', 'not-a-uuid', '%00', '%E0%A4%A', "'%20or%201=1--"])(
    'is a 404 for %s, which no message has for an id',
    async (id) => {
      const answer = await api.call('GET', `/api/v1/messages/${id}/status`);
      expectProblem(answer, 404, 'message_not_found');
    },
  );
});
