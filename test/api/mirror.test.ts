import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MirrorError } from '../../src/crm/mirror.ts';
import { expectProblem, places, startApi, type TestApi } from './support/api.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeEach(async () => void (api = await startApi()));
afterEach(() => api.stop());

const CHECK = '/api/v1/admin/mirror/check';
const DAY = { from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z' };
const ID = '3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';

describe('GET /api/v1/admin/mirror', () => {
  it('tells what waits, the newest write and the newest failure', async () => {
    const at = new Date('2026-11-21T09:30:00.000Z');
    api.world.mirror.state.overview = {
      rows: 7,
      oldestMs: 65_432,
      deadLetters: 2,
      lastWrite: { at, rows: 3, durationMs: 9 },
      lastError: {
        at,
        ...{ fault: 'schema', code: 'ER_NO_SUCH_TABLE', errno: 1146, sqlState: '42S02' },
        ...{ table: 'messages', column: null, inDoubt: false, problems: ['there is none'] },
      },
    };
    const { status, json } = await api.call('GET', '/api/v1/admin/mirror');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      enabled: true,
      target: { host: 'mysql.example', port: 3306, database: 'crm', table: 'messages' },
      lag: { rows: 7, seconds: 65.4 },
      dead_letters: 2,
      last_write: { at: at.toISOString(), rows: 3, duration_ms: 9 },
      last_error: { class: 'schema', errno: 1146, problems: ['there is none'] },
      lacking_columns: ['status'],
    });
  });

  it('is for admin keys of all accounts', async () => {
    for (const [key, code] of [
      [KEYS.crm, 'role_forbidden'],
      [KEYS.scopedAdmin, 'account_forbidden'],
    ] as const)
      expectProblem(await api.call('GET', '/api/v1/admin/mirror', { key }), 403, code);
    expectProblem(
      await api.call('GET', '/api/v1/admin/mirror', { key: null }),
      401,
      'unauthorized',
    );
  });
});

describe('POST /api/v1/admin/mirror/check', () => {
  it('counts both sides and names what is missing', async () => {
    const message = { direction: 'in', day: '2026-11-21', state: 'written' } as const;
    api.world.mirror.state.messages = [
      { ...message, messageId: ID.replace('3f', '00'), fingerprint: 'there' },
      { ...message, messageId: ID, fingerprint: 'gone' },
    ];
    api.world.mirror.state.present = [
      { direction: 'in', day: '2026-11-21', fingerprints: ['there'] },
    ];
    const { json } = await api.call('POST', CHECK, { json: DAY });
    expect(json).toEqual({
      comparable: true,
      reason: null,
      days: [
        {
          ...{ day: '2026-11-21', direction: 'in', written: 2, waiting: 0, dead: 0 },
          ...{ found: 1, missing: 1 },
        },
      ],
      missing_message_ids: [ID],
    });
  });

  it('says so where the table may not be read', async () => {
    api.world.mirror.state.present = null;
    const { json } = await api.call('POST', CHECK, { json: DAY });
    expect(json).toMatchObject({ comparable: false, missing_message_ids: [] });
    expect(json['reason']).toContain('SELECT');
  });

  it('refuses times that are wrong, turned round, or too far apart', async () => {
    const wrong = [
      [{ ...DAY, to: '2026-11-21T00:00:00Z' }, 'body /to'],
      [{ ...DAY, to: '2027-11-21T00:00:00Z' }, 'body /to'],
      [{ ...DAY, from: '2026-11-21' }, 'body /from'],
      [{ ...DAY, more: 1 }, 'body /more'],
    ] as const;
    for (const [json, place] of wrong) {
      const problem = expectProblem(
        await api.call('POST', CHECK, { json }),
        400,
        'validation_failed',
      );
      expect(places(problem)).toEqual([place]);
    }
  });

  it('passes on what the CRM’s database answered, in codes', async () => {
    api.world.mirror.state.fault = new MirrorError({
      ...{ fault: 'denied', code: 'ER_ACCESS_DENIED_ERROR', errno: 1045, sqlState: '28000' },
      ...{ table: 'messages', column: null, inDoubt: false },
    });
    const answer = await api.call('POST', CHECK, { json: DAY });
    const problem = expectProblem(answer, 502, 'mirror_unavailable');
    expect(problem.detail).toContain('denied (ER_ACCESS_DENIED_ERROR)');
  });
});

describe('GET /api/v1/admin/mirror/rows', () => {
  it('shows the newest rows as they stand in the table', async () => {
    const { json } = await api.call('GET', '/api/v1/admin/mirror/rows?limit=5');
    expect(json).toEqual({
      data: [
        {
          ...{ user_id: '1254', username: 'lena', direction: 'in', message: 'hello' },
          created_at: '2026-11-21 09:30:00',
        },
      ],
    });
  });

  it('is a conflict while the mirror is off', async () => {
    await api.stop();
    api = await startApi({}, { crmTable: null });
    const answer = await api.call('GET', '/api/v1/admin/mirror/rows');
    expectProblem(answer, 409, 'mirror_off');
    const { json } = await api.call('GET', '/api/v1/admin/mirror');
    expect(json).toMatchObject({ enabled: false, target: null, lacking_columns: null });
  });
});
