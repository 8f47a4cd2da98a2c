import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { startOwnMysql, type OwnMysql } from '../support/own-mysql.ts';
import { createCrmDatabase, type CrmDatabase } from '../support/mysql.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

const PHASE_MS = 6_000;
const GIVEN_UP_MS = 3_000;
const CUSTOMERS = ['a', 'b', 'c', 'd', 'e'];

let mysql: OwnMysql;
let crm: CrmDatabase;
let router: RouterUnderTest;
beforeAll(async () => {
  mysql = await startOwnMysql();
  crm = await createCrmDatabase({ server: mysql.url });
  // Half a minute of waiting as three seconds.
  router = await startRouter({
    processes: 'apart',
    env: { ...crm.env, CRM_MYSQL_TIMEOUT: `${GIVEN_UP_MS / 1000}` },
  });
  for (const customer of CUSTOMERS) await router.openWindow(customer);
}, 120_000);
afterAll(async () => {
  await router?.close();
  crm?.abandon();
  await mysql?.close();
});

type Latencies = { accept: number; sent: number; failed: number };

/** Sends at a steady pace; the medians of accepting, and of accepting until the platform has it. */
async function load(name: string, forMs = PHASE_MS): Promise<Latencies> {
  const accepts: number[] = [];
  let failed = 0;
  const sends: Promise<void>[] = [];
  const endsAt = performance.now() + forMs;
  for (let at = 0; performance.now() < endsAt; at += 1) {
    const customer = CUSTOMERS[at % CUSTOMERS.length] ?? '';
    const begun = performance.now();
    sends.push(
      router.send(customer, `${name} ${at}`).then(
        () => void accepts.push(performance.now() - begun),
        () => void (failed += 1),
      ),
    );
    await pause(200);
  }
  await Promise.all(sends);
  await until(
    'all are sent',
    async () => {
      const open = `select 1 from messages where text like '${name} %' and resolved_at is null`;
      return (await router.sql(open)).length === 0;
    },
    60_000,
  );
  const [row] = await router.sql(
    `select percentile_cont(0.5) within group (
              order by extract(epoch from resolved_at - created_at) * 1000)::float8 as sent
       from messages where text like '${name} %'`,
  );
  return { accept: median(accepts), sent: Number(row?.['sent']), failed };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

describe('a CRM’s database that is killed, and one that hangs', () => {
  it('costs no message and no time of the router, and has everything in order afterwards', async () => {
    await load('warm', 2_000);
    const before = await load('before');
    mysql.kill();
    const killed = await load('killed');
    await mysql.start();
    await untilMirrored('killed');
    mysql.freeze();
    const frozen = await load('frozen');
    mysql.thaw();
    await untilMirrored('frozen');
    const after = await load('after');
    await untilMirrored('after');
    // On a machine that others use as well, what is usual is somewhere between these two.
    const usual = {
      accept: (before.accept + after.accept) / 2,
      sent: (before.sent + after.sent) / 2,
    };
    const ratio = (found: Latencies) =>
      `accept ${(found.accept / usual.accept).toFixed(2)}×, sent ${(found.sent / usual.sent).toFixed(2)}×`;
    process.stderr.write(
      `usual: accept ${usual.accept.toFixed(1)} ms, sent ${usual.sent.toFixed(1)} ms (medians); ` +
        `killed: ${ratio(killed)}; frozen: ${ratio(frozen)}\n`,
    );
    for (const found of [before, killed, frozen, after]) expect(found.failed).toBe(0);
    // The ratios above are for a person to read. Whoever waited for the database would have waited
    // until it is given up, however fast or slow the machine is.
    for (const found of [killed, frozen]) expect(found.accept).toBeLessThan(GIVEN_UP_MS);
    await expectSame();
  }, 180_000);
});

async function untilMirrored(name: string): Promise<void> {
  await until(
    `${name} is mirrored`,
    async () => {
      const open = `select 1 from mirror_queue where state <> 'written' limit 1`;
      return (await router.sql(open)).length === 0;
    },
    60_000,
  );
}

/** Every message once, each conversation in the order in which it was sent. */
async function expectSame(): Promise<void> {
  // The administrator's connection died with the server.
  const fresh = await router.call<{ data: { message: string }[] }>(
    'GET',
    '/api/v1/admin/mirror/rows?limit=1',
  );
  expect(fresh.status).toBe(200);
  const day = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) };
  const check = await router.call<{ days: { written: number; found: number }[] }>(
    'POST',
    '/api/v1/admin/mirror/check',
    day,
  );
  expect(check.body).toMatchObject({ comparable: true, missing_message_ids: [] });
  const [mirrored] = await router.sql(`select count(*)::int as n from mirror_queue`);
  expect(check.body.days.map(({ found }) => found)).toEqual([mirrored?.['n']]);
}
