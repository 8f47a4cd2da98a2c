import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { createCrmDatabase, ALL_COLUMNS, type CrmDatabase } from '../support/mysql.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function aRouter(): Promise<{ router: RouterUnderTest; crm: CrmDatabase }> {
  const crm = await createCrmDatabase({ columns: ALL_COLUMNS });
  open.push(crm.drop);
  const router = await startRouter({ processes: 'together', env: crm.env });
  open.push(router.close);
  return { router, crm };
}

const count = async (crm: CrmDatabase) =>
  Number((await crm.sql<{ n: number }>('select count(*) as n from messages'))[0]?.n);

describe('a router with a mirror', () => {
  it('has both directions of a conversation in the CRM’s table, in order', async () => {
    const { router, crm } = await aRouter();
    await router.openWindow('lena');
    const said: string[] = [];
    for (const at of [1, 2, 3]) {
      await router.write('lena', `in ${at}`);
      await until('it was received', async () => {
        const rows = await router.sql(`select 1 from messages where text = 'in ${at}'`);
        return rows.length === 1;
      });
      const { message_id } = await router.send('lena', `out ${at}`);
      await router.untilStatus(message_id, 'sent');
      said.push(`lena in in ${at}`, `lena out out ${at}`);
    }
    await until('all are there', async () => (await count(crm)) === said.length);
    const rows = await crm.rows();
    const { health, mirror } = await lookAt(router);
    expect(rows.map((row) => `${row['user_id']} ${row['direction']} ${row['message']}`)).toEqual(
      said,
    );
    expect(health).toMatchObject({ status: 'UP', components: { crm_mysql: { status: 'UP' } } });
    expect(mirror).toMatchObject({ enabled: true, lag: { rows: 0 }, lacking_columns: [] });
    const day = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) };
    await crm.sql("delete from messages where message = 'out 2'");
    const missing = await router.sql(`select id from messages where text = 'out 2'`);
    const check = await router.call('POST', '/api/v1/admin/mirror/check', day);
    expect(check.body).toMatchObject({
      comparable: true,
      missing_message_ids: [missing[0]?.['id']],
    });
    const history = await mirrorHistory(router);
    expect(history).not.toMatch(/lena|in 1|out 1/);
  });

  it('stays UP, and takes everything, while the table is not there', async () => {
    const crm = await createCrmDatabase();
    open.push(crm.drop);
    await crm.sql('rename table messages to elsewhere');
    const router = await startRouter({ processes: 'together', env: crm.env });
    open.push(router.close);
    await router.openWindow('lena');
    const { message_id } = await router.send('lena', 'hello');
    await router.untilStatus(message_id, 'sent');
    const { health } = await lookAt(router);
    expect(health).toMatchObject({ status: 'UP', components: { crm_mysql: { status: 'DOWN' } } });
    await until('it was tried', async () => (await lookAt(router)).mirror['last_error'] !== null);
    await crm.sql('rename table elsewhere to messages');
    await until('it is there', async () => (await count(crm)) === 1, 40_000);
  }, 90_000);
});

async function lookAt(router: RouterUnderTest) {
  const health = await router.call('GET', '/health');
  const mirror = await router.call('GET', '/api/v1/admin/mirror');
  return { health: health.body, mirror: mirror.body };
}

/** All that Temporal has of the mirror, as text. */
async function mirrorHistory(router: RouterUnderTest): Promise<string> {
  const { Client, Connection } = await import('@temporalio/client');
  const { address, namespace } = router.temporal;
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection, namespace });
    const history = await client.workflow.getHandle('crm-mirror').fetchHistory();
    return JSON.stringify(history, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    );
  } finally {
    await connection.close();
  }
}
