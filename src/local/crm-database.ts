import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findMysqlServer, startMysql } from './mysql.ts';
import type { Step } from './progress.ts';
import type { LocalSettings } from './settings.ts';
import type { Running } from './shutdown.ts';

const DATABASE = 'crm';
const USER = 'chat4all';

/** The table as a CRM might have it: what the mirror needs, and everything that it can fill. */
const TABLE = [
  'id bigint unsigned not null auto_increment primary key',
  'user_id varchar(64) not null',
  'username varchar(255) not null',
  "direction enum('in', 'out') not null",
  'message text not null',
  'created_at datetime(3) not null',
  'channel varchar(16) null',
  'message_id char(36) null',
  'account_id varchar(64) null',
  'conversation_id varchar(64) null',
  'status varchar(16) null',
  'key user_id (user_id, created_at)',
];

/**
 * `npm start -- --with-crm-mysql`: a MariaDB or MySQL of this machine, with the CRM's table in it.
 * Returns the variables that turn the mirror on. Throws when there is no such server.
 */
export async function startCrmDatabase(
  settings: LocalSettings,
  running: Running,
  step: Step,
): Promise<Record<string, string>> {
  const program = findMysqlServer();
  if (program === undefined)
    throw new Error(
      '--with-crm-mysql: there is neither mariadbd nor mysqld on this machine. Install one ' +
        '(apt-get install mariadb-server), or leave the option out.',
    );
  const folder = join(settings.DATA_DIR, 'mysql');
  const password = readPassword(folder);
  const { port } = await running.start(async () => {
    const options = { program, folder, port: settings.MYSQL_PORT, setup: setupOf(password) };
    const mysql = await step("Starting the CRM's database", () => startMysql(options));
    return { port: mysql.port, close: mysql.stop };
  });
  return {
    CRM_MYSQL_ENABLED: 'true',
    CRM_MYSQL_HOST: '127.0.0.1',
    CRM_MYSQL_PORT: String(port),
    CRM_MYSQL_USER: USER,
    CRM_MYSQL_PASSWORD: password,
    CRM_MYSQL_DATABASE: DATABASE,
    CRM_MYSQL_TABLE: 'messages',
    CRM_MYSQL_SSL: 'false',
  };
}

function setupOf(password: string): string[] {
  const user = `'${USER}'@'127.0.0.1'`;
  return [
    `create database if not exists ${DATABASE} character set utf8mb4;`,
    `create table if not exists ${DATABASE}.messages (${TABLE.join(', ')}) character set utf8mb4;`,
    `create user if not exists ${user} identified by '${password}';`,
    `grant select, insert on ${DATABASE}.messages to ${user};`,
  ];
}

/** Made once, for its owner only. */
function readPassword(folder: string): string {
  const file = join(folder, 'password');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(file))
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}
