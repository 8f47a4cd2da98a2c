import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { type CrmDatabase, createCrmDatabase } from '../support/mysql.ts';
import { request } from './http.ts';

type Table = { columns: string[]; rows: unknown[][]; problem: string | null };
const wiring = {
  api_url: 'http://127.0.0.1:1',
  ...{ api_key: 'k', account_id: 'acc_1', webhook_secret: 's' },
};
let database: CrmDatabase;
let sandbox: Sandbox;
beforeAll(async () => {
  database = await createCrmDatabase();
}, 120_000);
afterAll(() => database?.drop());
beforeEach(async () => {
  sandbox = await startSandbox({ port: 0, appSecret: 'a', verifyToken: 'v' });
});
afterEach(() => sandbox.close());

const read = async () => (await request<Table>('GET', `${sandbox.url}/crm/api/table`)).body;
const connect = async (more: object = {}) => {
  const { host, port, user, password, database: name, table } = database.settings;
  const crm_mysql = { host, port, user, password, database: name, table, ...more };
  return request('PUT', `${sandbox.url}/control/router`, { ...wiring, crm_mysql });
};
const offered = async () =>
  (await request<{ crm_table: boolean }>('GET', `${sandbox.url}/view`)).body.crm_table;

describe('the table of the CRM', () => {
  it('is offered only with a connection, of which no answer shows the password', async () => {
    expect(await offered()).toBe(false);
    expect((await read()).problem).toContain('PUT /control/router');
    const { body } = await connect();
    expect(body).toMatchObject({ crm_mysql_set: true });
    expect(await offered()).toBe(true);
    const shown = [body, (await request('GET', `${sandbox.url}/view`)).body];
    expect(JSON.stringify(shown)).not.toContain(database.settings.password);
    // What is left out stays, null takes it away.
    await request('PUT', `${sandbox.url}/control/router`, wiring);
    expect(await offered()).toBe(true);
    await request('PUT', `${sandbox.url}/control/router`, { ...wiring, crm_mysql: null });
    expect(await offered()).toBe(false);
  });

  it('shows the newest 50 rows, newest first, as they are', async () => {
    const values = Array.from({ length: 60 }, (_, index) => {
      const second = String(Math.floor(index / 2)).padStart(2, '0');
      return `('c1', 'ana', 'in', 'olá 😀 ${index}', '2026-11-21 10:00:${second}.250')`;
    });
    const into = 'insert into messages (user_id, username, direction, message, created_at) values';
    await database.sql(`${into} ${values.join(',')}`);
    await connect();
    const { columns, rows, problem } = await read();
    expect(problem).toBeNull();
    expect(columns).toEqual(['id', 'user_id', 'username', 'direction', 'message', 'created_at']);
    expect(rows).toHaveLength(50);
    expect(rows.map((row) => row[4])).toEqual(
      Array.from({ length: 50 }, (_, index) => `olá 😀 ${59 - index}`),
    );
    expect(rows[0]?.[5]).toBe('2026-11-21 10:00:29.250');
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, 'ER_ACCESS_DENIED_ERROR'],
    ['a table that is not there', { table: 'nothing' }, /ER_(NO_SUCH_TABLE|TABLEACCESS_DENIED)/],
    ['no server', { port: 1 }, 'ECONNREFUSED'],
  ])('says by its code what is wrong: %s', async (_, change, code) => {
    await connect(change);
    expect((await read()).problem).toMatch(code);
  });

  it('takes a table’s name for a name and nothing else', async () => {
    await connect({ table: 'messages` where 1 = 0 -- ' });
    expect((await read()).problem).toMatch(/ER_/);
  });
});
