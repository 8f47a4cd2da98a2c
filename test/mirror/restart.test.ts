import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { createCrmDatabase } from '../support/mysql.ts';
import { startRouter } from '../support/router.ts';
import { seedBacklog } from './backlog.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

describe('a backlog', () => {
  it('is in the CRM’s table once, in order, after its worker was killed writing it', async () => {
    const crm = await createCrmDatabase();
    open.push(crm.drop);
    const count = async () =>
      Number((await crm.sql<{ n: number }>('select count(*) as n from messages'))[0]?.n);
    const router = await startRouter({ processes: 'apart', env: crm.env });
    open.push(router.close);
    const worker = router.processes?.worker;
    await worker?.end('SIGTERM');
    await seedBacklog(router, 6_000);
    await worker?.start();
    await until('it is in the middle', async () => (await count()) > 0, 60_000);
    await worker?.end('SIGKILL');
    const killedAt = await count();
    expect(killedAt).toBeLessThan(6_000);
    await worker?.start();
    await until('all are there', async () => (await count()) >= 6_000, 60_000);
    process.stderr.write(`killed at ${killedAt} of 6000 rows\n`);
    const texts = (await crm.rows()).map((row) => row['message']);
    expect(texts).toEqual(Array.from({ length: 6_000 }, (_, at) => `backlog ${at + 1}`));
    await until('the queue knows', async () => {
      const open = `select 1 from mirror_queue where state <> 'written' limit 1`;
      return (await router.sql(open)).length === 0;
    });
  }, 120_000);
});
