import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import type { MysqlSettings } from '../../src/crm/mysql/settings.ts';
import { askServices } from './ask-services.ts';

/** A database of the CRM's: a table of ours to write to, by a user of its own. */
export type CrmDatabase = {
  settings: MysqlSettings;
  /** The variables that turn the mirror on. */
  env: Record<string, string>;
  /** Any statement, as an administrator in that database. */
  sql<Row = Record<string, string | number | null>>(statement: string): Promise<Row[]>;
  /** The table in the order in which it was written; `id` is left out. */
  rows(): Promise<Record<string, string | number | null>[]>;
  drop(): Promise<void>;
  /** Lets go of the server without a word, where the test has ended it. */
  abandon(): void;
};

/** A table as a CRM may have it, by columns; what is given replaces, null leaves a column out. */
export const COLUMNS: Record<string, string> = {
  id: 'bigint not null auto_increment primary key',
  user_id: 'varchar(64) not null',
  username: 'varchar(64) not null',
  direction: "enum('in', 'out') not null",
  message: 'text not null',
  created_at: 'datetime(3) not null',
};

/** The columns that are filled where there are any. */
export const ALL_COLUMNS: Record<string, string> = {
  channel: 'varchar(16) null',
  message_id: 'char(36) null',
  account_id: 'varchar(64) null',
  conversation_id: 'varchar(64) null',
  status: 'varchar(16) null',
};

export type CrmDatabaseOptions = {
  columns?: Record<string, string | null>;
  /** After the columns: charset, engine. */
  tableOptions?: string;
  rights?: string;
  /** Another server than the one that all tests share. */
  server?: string;
};

/** Makes one on the shared server, with its table and its user. */
export async function createCrmDatabase(options: CrmDatabaseOptions = {}): Promise<CrmDatabase> {
  const server = new URL(options.server ?? (await askServices('mysql')));
  const database = `crm_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const admin = await mysql.createConnection({
    host: server.hostname,
    port: Number(server.port),
    user: server.username,
    password: server.password,
    charset: 'utf8mb4_unicode_ci',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  // The server may be ended by the test.
  admin.on('error', () => undefined);
  const sql = async <Row>(statement: string) => (await admin.query(statement))[0] as Row[];
  await sql(`create database ${database} character set utf8mb4`);
  await sql(`use ${database}`);
  await sql("set time_zone = '+00:00'");
  await sql(createTable(options));
  await sql(`create user '${database}'@'%' identified by '${password}'`);
  await sql(
    `grant ${options.rights ?? 'select, insert'} on ${database}.messages to '${database}'@'%'`,
  );
  const settings: MysqlSettings = {
    host: server.hostname,
    port: Number(server.port),
    user: database,
    password,
    database,
    table: 'messages',
    ssl: 'false',
    timeoutMs: 5_000,
  };
  return {
    settings,
    env: envOf(settings),
    sql,
    async rows() {
      const rows = await sql<Record<string, string | number | null>>(
        'select * from messages order by id',
      );
      return rows.map(({ id: _id, ...row }) => row);
    },
    abandon: () => admin.destroy(),
    async drop() {
      try {
        await sql(`drop database ${database}`);
        await sql(`drop user '${database}'@'%'`);
      } finally {
        admin.destroy();
      }
    },
  };
}

export function createTable({ columns = {}, tableOptions = '' }: CrmDatabaseOptions): string {
  const all = Object.entries({ ...COLUMNS, ...columns }).filter(([, type]) => type !== null);
  const list = all.map(([name, type]) => `${name} ${type}`).join(', ');
  return `create table messages (${list}) ${tableOptions}`;
}

export function envOf(settings: MysqlSettings): Record<string, string> {
  return {
    CRM_MYSQL_ENABLED: 'true',
    CRM_MYSQL_HOST: settings.host,
    CRM_MYSQL_PORT: String(settings.port),
    CRM_MYSQL_USER: settings.user,
    CRM_MYSQL_PASSWORD: settings.password,
    CRM_MYSQL_DATABASE: settings.database,
    CRM_MYSQL_TABLE: settings.table,
    CRM_MYSQL_TIMEOUT: String(settings.timeoutMs / 1000),
  };
}
