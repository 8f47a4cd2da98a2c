import { afterEach, describe, expect, it } from '@jest/globals';
import type { ConversationStore } from '../../src/database/conversation-store.ts';
import { startApi, type TestApi } from './support/api.ts';

let api: TestApi | undefined;
afterEach(() => api?.stop());

/** By what PostgreSQL, a pooler or an operator's setting ends a statement with nothing wrong in it. */
const CODES = [
  ...['25006', '25P03', '25P04', '40001', '40P01', '55P03', '57014', '57P01', '57P02', '57P03'],
  ...['57P05', '53100', '53200', '53300', '08000', '08006', '08P01', '0A000', '26000', '28P01'],
  ...['3D000', '3F000', '42P01', '42501', '58030', '22007', 'ECONNREFUSED', 'EHOSTUNREACH'],
];

/** The error of the driver inside that of whoever used it. */
function failing(code: string): Promise<TestApi> {
  const cause = Object.assign(new Error('in its own words'), { code });
  const fail = () => Promise.reject(new Error('wrapped', { cause }));
  const conversations = { list: fail } as unknown as ConversationStore;
  return startApi({}, { conversations });
}

describe('a database that cannot do it now', () => {
  it.each(CODES)('is answered with 503, to be tried again: %s', async (code) => {
    api = await failing(code);
    const answer = await api.call('GET', '/api/v1/conversations');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.json).toMatchObject({ code: 'service_unavailable', retryable: true });
  });

  it('is not blamed for our own mistakes, and nobody is told that nothing was done', async () => {
    api = await failing('42601');
    const answer = await api.call('GET', '/api/v1/conversations');
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ code: 'internal_error' });
    expect(JSON.stringify(answer.json)).not.toMatch(/nothing/i);
  });
});
