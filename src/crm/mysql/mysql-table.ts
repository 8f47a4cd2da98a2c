import { createHash } from 'node:crypto';
import {
  MirrorError,
  type CrmTable,
  type PresentRow,
  type TableReport,
  type TableRow,
} from '../mirror.ts';
import { asMirrorError } from './errors.ts';
import { utcTime } from './fit.ts';
import { createMysqlPool, type Session } from './pool.ts';
import { readSchema } from './schema.ts';
import type { MysqlSettings } from './settings.ts';
import {
  asTexts,
  createWriter,
  fingerprintsOf,
  quote,
  selectFrom,
  type Row,
  type Table,
} from './writer.ts';

/** How long a writer that has the lock is waited for, at most. */
const LOCK_SECONDS = 5;
/** A writer that died with its machine keeps the lock until the server misses it. */
const MISSED_AFTER_SECONDS = 60;
/** Not longer than a health check may take. */
const CHECK_WAIT_MS = 1_500;

/** The CRM's table in MySQL or MariaDB. Connects on first use. */
export function createMysqlTable(settings: MysqlSettings): CrmTable {
  const pool = createMysqlPool(settings);
  const { table: name } = settings;
  const lock = `chat4all.${createHash('sha256')
    .update(`${settings.database}.${name}`)
    .digest('base64url')
    .slice(0, 22)}`;

  const { host, port, user, database } = settings;
  let lastReport: TableReport | null = null;

  async function read(session: Session): Promise<Table> {
    const schema = await readSchema(session, name);
    lastReport = schema.report;
    return { name, quoted: quote(name), schema };
  }
  async function readable<T>(work: (session: Session, table: Table) => Promise<T>) {
    return pool.use(async (session) => {
      const table = await read(session);
      return table.schema.report.canSelect ? work(session, table) : null;
    });
  }

  return {
    place: { host, port, user, database, table: name },
    lastReport: () => lastReport,
    check: () => pool.use(async (session) => (await read(session)).schema.report, CHECK_WAIT_MS),
    whileLocked: (work) =>
      pool.use(async (session) => {
        await session.run(`SET SESSION wait_timeout = ${MISSED_AFTER_SECONDS}`);
        await takeLock(session, lock, settings);
        const result = await work(createWriter(session, await read(session)));
        await session.rows('SELECT RELEASE_LOCK(?) AS freed', [lock]);
        await session.run('SET SESSION wait_timeout = DEFAULT');
        return result;
      }),
    listPresent: (from, to) =>
      readable(async (session, table) => {
        const rows = await session.rows<Row>(
          `${selectFrom(table)} WHERE created_at >= ? AND created_at < ?`,
          [utcTime(from, 3), utcTime(to, 3)],
        );
        return rows.map(asPresent);
      }),
    listNewest: (limit) =>
      readable(async (session, table) => {
        const rows = await session.rows<Row>(
          `${selectFrom(table)} ORDER BY ${table.quoted}.created_at DESC LIMIT ${limit}`,
        );
        return rows.map(asRow);
      }),
    close: () => pool.close(),
  };
}

async function takeLock(
  session: Session,
  lock: string,
  { table, timeoutMs }: MysqlSettings,
): Promise<void> {
  const seconds = Math.min(LOCK_SECONDS, Math.max(1, Math.floor(timeoutMs / 2_000)));
  const [answer] = await session
    .rows<{ got: number | string | null }>(`SELECT GET_LOCK(?, ${seconds}) AS got`, [lock])
    .catch((error: unknown) => {
      // Some clusters have no such locks; the workflow's id alone keeps two writers apart then.
      if (error instanceof MirrorError && error.fields.fault === 'unknown') return [{ got: 1 }];
      throw error;
    });
  if (Number(answer?.got) === 1) return;
  throw new MirrorError({
    ...asMirrorError({ code: 'LOCKED' }, { table }).fields,
    fault: 'busy',
  });
}

function asPresent(row: Row): PresentRow {
  const texts = asTexts(row);
  return {
    direction: texts.direction ?? '',
    day: (texts.created_at ?? '').slice(0, 10),
    fingerprints: fingerprintsOf(row),
  };
}

function asRow(row: Row): TableRow {
  const { user_id, username, direction, message, created_at } = asTexts(row);
  return {
    userId: user_id ?? '',
    username: username ?? null,
    direction: direction ?? '',
    message: message ?? null,
    createdAt: created_at ?? '',
  };
}
