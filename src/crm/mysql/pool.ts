import { setTimeout as pause } from 'node:timers/promises';
import mysql, {
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import { asMirrorError } from './errors.ts';
import { OPTIONAL, REQUIRED } from './schema.ts';
import type { MysqlSettings } from './settings.ts';

/** One connection while it is ours. Throws `MirrorError` and nothing else. */
export type Session = {
  /** Rows of a statement; values go beside it, so that the SQL mode cannot change how they are read. */
  rows<Row>(sql: string, values?: readonly string[]): Promise<Row[]>;
  /** Runs a statement; how many warnings it left. */
  run(sql: string, values?: readonly string[]): Promise<number>;
};

export type MysqlPool = {
  /**
   * Lends a connection for some work. One on which something failed is closed, not given back: the
   * server then undoes its transaction and frees its locks. Waits at most `waitMs` for a free one.
   */
  use<T>(work: (session: Session) => Promise<T>, waitMs?: number): Promise<T>;
  close(): Promise<void>;
};

const MOST_CONNECTIONS = 5;
const IDLE_MS = 3_600_000;
/** How often the pool is looked after: that one connection stays open while the server is there. */
const KEEPER_MS = 60_000;
const CLOSE_MS = 2_000;

/**
 * mysql2's pool with what it lacks: a limit for the wait for a connection and for every answer, and
 * a connection that is kept open.
 */
export function createMysqlPool(settings: MysqlSettings): MysqlPool {
  const { timeoutMs } = settings;
  const pool = mysql.createPool(poolOptions(settings));
  const fail = failWith(settings.table);
  const sessionOf = (connection: PoolConnection) => createSession(connection, timeoutMs, fail);
  const open = new Set<PoolConnection['connection']>();
  let closed = false;

  async function acquire(waitMs: number): Promise<PoolConnection> {
    const asked = pool.getConnection();
    let late = false;
    // One that comes after nobody waits any more goes back, or it would be lost to the pool.
    asked.then(
      (connection) => late && connection.release(),
      () => undefined,
    );
    const connection = await within(waitMs, asked, 'POOL_TIMEOUT', () => (late = true)).catch(fail);
    if (open.has(connection.connection)) return connection;
    open.add(connection.connection);
    for (const end of ['end', 'error']) connection.connection.on(end, () => forget(connection));
    await prepare(sessionOf(connection), timeoutMs).catch((error: unknown) => {
      discard(connection);
      throw error;
    });
    return connection;
  }

  function forget(connection: PoolConnection): void {
    open.delete(connection.connection);
  }
  function discard(connection: PoolConnection): void {
    forget(connection);
    connection.destroy();
  }

  async function use<T>(work: (session: Session) => Promise<T>, waitMs = timeoutMs): Promise<T> {
    const connection = await acquire(waitMs);
    try {
      const result = await work(sessionOf(connection));
      connection.release();
      return result;
    } catch (error) {
      discard(connection);
      throw error;
    }
  }

  const keeper = setInterval(() => {
    if (open.size === 0 && !closed) use(async () => undefined).catch(() => undefined);
  }, KEEPER_MS);
  keeper.unref();

  return {
    use,
    async close() {
      closed = true;
      clearInterval(keeper);
      const ended = pool.end().catch(() => undefined);
      // A server that hangs does not answer the goodbye either.
      await Promise.race([ended, pause(CLOSE_MS, undefined, { ref: false })]);
      for (const connection of open) connection.destroy();
    },
  };
}

function poolOptions(settings: MysqlSettings): mysql.PoolOptions {
  const { host, port, user, password, database, ssl, timeoutMs } = settings;
  return {
    ...{ host, port, user, password, database },
    ...(ssl === 'false' ? {} : { ssl: { rejectUnauthorized: ssl === 'true' } }),
    connectTimeout: Math.min(timeoutMs, 10_000),
    charset: 'utf8mb4_unicode_ci',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    connectionLimit: MOST_CONNECTIONS,
    // Below the limit, or mysql2 closes no idle connection at all.
    maxIdle: MOST_CONNECTIONS - 1,
    idleTimeout: IDLE_MS,
    queueLimit: 50,
    // Statements of each batch size are prepared once for a connection; the server counts them all.
    maxPreparedStatements: 32,
  };
}

/**
 * What a server may have set up otherwise, and must not for us: `created_at` is UTC, text is utf8mb4,
 * a commit leaves the connection as it is, every row that is asked for comes, and whoever waits for a
 * lock is told before we stop listening.
 */
async function prepare(session: Session, timeoutMs: number): Promise<void> {
  const lockSeconds = Math.max(1, Math.floor((timeoutMs * 0.8) / 1000));
  await session.run('SET NAMES utf8mb4');
  await session.run(
    `SET SESSION time_zone = '+00:00', autocommit = 1, completion_type = 0, ` +
      `sql_select_limit = 18446744073709551615, ` +
      `lock_wait_timeout = ${lockSeconds}, innodb_lock_wait_timeout = ${lockSeconds}`,
  );
}

function createSession(
  connection: PoolConnection,
  timeoutMs: number,
  fail: (error: unknown) => never,
): Session {
  async function ask<Result extends RowDataPacket[] | ResultSetHeader>(
    sql: string,
    values?: readonly string[],
  ): Promise<Result> {
    const answer = values
      ? connection.execute<Result>(sql, [...values])
      : connection.query<Result>(sql);
    const [result] = await within(timeoutMs, answer, 'STATEMENT_TIMEOUT').catch(fail);
    return result;
  }
  return {
    rows: async <Row>(sql: string, values?: readonly string[]) =>
      (await ask<RowDataPacket[]>(sql, values)) as Row[],
    run: async (sql, values) => (await ask<ResultSetHeader>(sql, values)).warningStatus,
  };
}

/** Codes and names are all that leaves this file: the driver's words quote values. */
function failWith(table: string): (error: unknown) => never {
  return (error) => {
    throw asMirrorError(error, { table, columns: [...REQUIRED, ...OPTIONAL] });
  };
}

/** A server that hangs answers nothing: without a limit of our own that is waited for for ever. */
async function within<T>(
  limitMs: number,
  answer: Promise<T>,
  code: string,
  onLate: () => void = () => undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(Object.assign(new Error('no answer in time'), { code }));
    }, limitMs);
  });
  // Its rejection after the limit concerns nobody.
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
