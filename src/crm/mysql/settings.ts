import type { Config } from '../../config.ts';

/** Where the CRM's table is. Never logged as a whole. */
export type MysqlSettings = {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  table: string;
  ssl: 'false' | 'true' | 'unverified';
  /** The longest wait for a free connection, and for one answer. */
  timeoutMs: number;
};

/** `off`, the settings, or the variables that are missing: the mirror is then off as well. */
export type MirrorSetting =
  { state: 'off' } | { state: 'incomplete'; missing: string[] } | ({ state: 'on' } & MysqlSettings);

const REQUIRED = [
  'CRM_MYSQL_HOST',
  'CRM_MYSQL_USER',
  'CRM_MYSQL_PASSWORD',
  'CRM_MYSQL_DATABASE',
] as const;

/** Whether and where messages are mirrored. */
export function mirrorSetting(config: Config): MirrorSetting {
  if (!config.CRM_MYSQL_ENABLED) return { state: 'off' };
  const missing = REQUIRED.filter((name) => config[name] === undefined);
  if (missing.length > 0) return { state: 'incomplete', missing };
  return {
    state: 'on',
    host: config.CRM_MYSQL_HOST ?? '',
    port: config.CRM_MYSQL_PORT,
    user: config.CRM_MYSQL_USER ?? '',
    password: config.CRM_MYSQL_PASSWORD ?? '',
    database: config.CRM_MYSQL_DATABASE ?? '',
    table: config.CRM_MYSQL_TABLE,
    ssl: config.CRM_MYSQL_SSL,
    timeoutMs: config.CRM_MYSQL_TIMEOUT,
  };
}
