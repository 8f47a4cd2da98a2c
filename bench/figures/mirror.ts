import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import pg from 'pg';
import { findMysqlServer, startMysql } from '../../src/local/mysql.ts';
import type { Row } from '../report.ts';
import { startStand, temporaryFolder, type Stand } from '../stand.ts';
import { CUSTOMERS, introduceCustomers } from '../target.ts';

const AIM_PER_SECOND = 2_000;
const BATCH = 200;
const TABLE = `id bigint not null auto_increment primary key, user_id varchar(64) not null,
  username varchar(255) not null, direction enum('in', 'out') not null, message text not null,
  created_at datetime(3) not null`;

/**
 * A backlog, as the end of an outage of the CRM's database leaves it, until the last row is there;
 * beside it the same rows by nothing but the driver, in batches as large, with their commits.
 */
export async function measureMirror(backlog: number): Promise<Row[]> {
  const program = findMysqlServer();
  if (program === undefined) throw new Error('there is neither mariadbd nor mysqld here');
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const password = randomBytes(12).toString('hex');
  const setup = [
    'create database crm character set utf8mb4;',
    `create table crm.messages (${TABLE.replaceAll('\n', ' ')});`,
    `create table crm.bare (${TABLE.replaceAll('\n', ' ')});`,
    `create user 'bench'@'127.0.0.1' identified by '${password}';`,
    `grant all on crm.* to 'bench'@'127.0.0.1';`,
  ];
  const server = await startMysql({ program, folder: join(folder, 'mysql'), port: 0, setup });
  const access = { host: '127.0.0.1', port: server.port, user: 'bench', password, database: 'crm' };
  const connection = await mysql.createConnection(access);
  let stand: Stand | undefined;
  try {
    stand = await startStand({ profile: false, env: mirrorVariables(access) });
    await introduceCustomers(stand.target);
    await untilRows(connection, CUSTOMERS, 30_000);
    const bare = await bareInserts(connection, backlog);
    const mirrored = await drain(stand, connection, backlog);
    return [
      {
        figure: `mirror: ${backlog} rows of backlog`,
        measured: `${mirrored.toFixed(0)} rows/s`,
        aim: `≥ ${AIM_PER_SECOND} rows/s`,
        beside: `the driver alone ${bare.toFixed(0)} rows/s, ratio ${(mirrored / bare).toFixed(2)}`,
        met: mirrored >= AIM_PER_SECOND,
      },
    ];
  } finally {
    connection.destroy();
    await stand?.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function mirrorVariables(access: {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}): Record<string, string> {
  return {
    CRM_MYSQL_ENABLED: 'true',
    CRM_MYSQL_HOST: access.host,
    CRM_MYSQL_PORT: String(access.port),
    CRM_MYSQL_USER: access.user,
    CRM_MYSQL_PASSWORD: access.password,
    CRM_MYSQL_DATABASE: access.database,
  };
}

async function bareInserts(connection: Connection, count: number): Promise<number> {
  const begun = performance.now();
  for (let at = 0; at < count; at += BATCH) {
    const values = Array.from({ length: BATCH }, (_, n) => [
      ...[`customer-${n}`, `customer-${n}`, 'in'],
      ...[`backlog ${at + n}`, '2026-11-21 09:30:00.000'],
    ]);
    await connection.query('START TRANSACTION');
    await connection.query(
      'INSERT INTO bare (user_id, username, direction, message, created_at) VALUES ?',
      [values],
    );
    await connection.query('COMMIT');
  }
  return (count / (performance.now() - begun)) * 1000;
}

/** From the commit that has the mirror told of them until the last row can be read. */
async function drain(stand: Stand, connection: Connection, count: number): Promise<number> {
  const database = new pg.Client(stand.databaseUrl);
  await database.connect();
  try {
    await database.query(BACKLOG, [count]);
    await database.query(
      `insert into outbox (kind, target, account_id)
       select 'mirror_ready', 'crm', id from accounts limit 1`,
    );
  } finally {
    await database.end();
  }
  const begun = performance.now();
  await untilRows(connection, CUSTOMERS + count, 120_000);
  return (count / (performance.now() - begun)) * 1000;
}

/** Messages of customers who are there, as they lie in PostgreSQL after an outage. */
const BACKLOG = `
  with lanes as (
    select row_number() over () - 1 as n, count(*) over () as total, c.id, c.account_id,
           c.recipient_id from conversations c),
  said as (
    insert into messages (id, account_id, conversation_id, direction, source, channel, type, text)
    select gen_random_uuid(), l.account_id, l.id, 'in', 'customer', 'instagram', 'text',
           'backlog ' || g
      from generate_series(1, $1::int) g join lanes l on l.n = g % l.total
    returning id, conversation_id, text)
  insert into mirror_queue (message_id, user_id)
  select s.id, l.recipient_id from said s join lanes l on l.id = s.conversation_id
   order by split_part(s.text, ' ', 2)::int`;

async function untilRows(connection: Connection, count: number, limitMs: number): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while ((await countRows(connection)) < count) {
    if (performance.now() > endsAt) throw new Error(`the table has not ${count} rows in time`);
    await pause(20);
  }
}

async function countRows(connection: Connection): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>('select count(*) as n from messages');
  return Number((rows[0] as { n: number } | undefined)?.n ?? 0);
}
