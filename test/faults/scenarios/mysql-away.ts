import { setTimeout as pause } from 'node:timers/promises';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { findMysqlServer } from '../../../src/local/mysql.ts';
import { createCrmDatabase, type CrmDatabase } from '../../support/mysql.ts';
import { startOwnMysql, type OwnMysql } from '../../support/own-mysql.ts';
import { startLoad, untilMore } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';

export const mysqlAway: Scenario = {
  name: 'mysql-away',
  title: "the CRM's own MySQL killed for 10 s, then frozen by SIGSTOP for 60 s, under load",
  unstarted: true,
  async run(stage) {
    const program = findMysqlServer();
    if (program === undefined) throw new Error('it needs mariadbd or mysqld on this machine');
    const server = await startOwnMysql(program);
    const crm = await createCrmDatabase({ server: server.url });
    try {
      // The defaults of production, with waits of half a minute.
      Object.assign(stage.env, crm.env, { CRM_MYSQL_TIMEOUT: '30' });
      await stage.api.start();
      await stage.worker.start();
      await takeAway(stage, server);
      await until('everything is mirrored', 120_000, () => isMirrored(stage));
      await compare(stage, crm);
      return 2;
    } finally {
      crm.abandon();
      await stage.worker.end('SIGTERM');
      await server.close();
      for (const name of Object.keys(crm.env)) delete stage.env[name];
      await stage.worker.start();
    }
  },
};

async function takeAway(stage: Stage, server: OwnMysql): Promise<void> {
  const load = startLoad(stage, { customers: 4, everyMs: 300 });
  await untilMore(stage, 20);
  const usual = await medianAccept(stage, 'usual', 5_000);
  server.kill();
  const killed = await medianAccept(stage, 'killed', 10_000);
  await server.start();
  await untilMore(stage, 20);
  server.freeze();
  const frozen = await medianAccept(stage, 'frozen', stage.quick ? 15_000 : 60_000);
  server.thaw();
  await untilMore(stage, 20);
  await load.stop();
  stage.note(
    `a send was accepted in ${usual.toFixed(1)} ms (median); with MySQL killed ` +
      `${(killed / usual).toFixed(2)} times as long, frozen ${(frozen / usual).toFixed(2)} times`,
  );
  for (const [name, found] of Object.entries({ killed, frozen }))
    if (found > 2 * usual + 20) stage.finding(`MySQL ${name}: accepting took ${found} ms`);
}

/** Sends one after the other to a customer of its own for so long. */
async function medianAccept(stage: Stage, customer: string, forMs: number): Promise<number> {
  const times: number[] = [];
  const endsAt = performance.now() + forMs;
  for (let at = 0; performance.now() < endsAt; at += 1) {
    const begun = performance.now();
    await stage.driver.send(customer, `out ${customer} ${at}`);
    times.push(performance.now() - begun);
    await pause(300);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

async function isMirrored(stage: Stage): Promise<boolean> {
  const { driver } = stage;
  const { body } = await stage.call<{ days: { written: number }[] }>(
    'POST',
    '/api/v1/admin/mirror/check',
    { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 3_600_000) },
  );
  const written = body.days?.reduce((sum, day) => sum + day.written, 0) ?? 0;
  return written >= driver.accepted.length + driver.taken.length;
}

/** Every text once, and each customer's in the order in which they were accepted. */
async function compare(stage: Stage, { settings }: CrmDatabase): Promise<void> {
  const { host, port, user, password, database } = settings;
  const connection = await mysql.createConnection({ host, port, user, password, database });
  const [rows] = await connection.query<RowDataPacket[]>(
    'select direction, user_id, message from messages order by id',
  );
  connection.destroy();
  const total = stage.driver.accepted.length + stage.driver.taken.length;
  if (rows.length !== total) stage.finding(`the table has ${rows.length} rows of ${total}`);
  const lanes = Map.groupBy(rows, ({ direction, user_id }) => `${direction} ${user_id}`);
  for (const [lane, inLane] of lanes) {
    const numbers = inLane.map(({ message }) => Number(String(message).split(' ').at(-1)));
    if (numbers.some((number, at) => number !== at))
      stage.finding(`the table has ${lane} in another order, or not once each`);
  }
}
