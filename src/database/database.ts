import { createHash } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { BEGIN, settle, TYPES } from './connection-settings.ts';
import { remedyFor, withRetries } from './retry.ts';

/** Runs one statement with `$1` parameters. Times come back as `Date`, bigints as text. */
export type Query = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** An open transaction in READ COMMITTED: each statement sees what was committed before it began. */
export type Transaction = {
  query: Query;
  /** Whether messages are also copied into the CRM's own database, and have to be queued for that. */
  mirror?: boolean;
};

export type Database = {
  query: Query;
  /**
   * Commits when `work` returns and rolls back when it throws. Runs `work` again after a deadlock and
   * the like (see `withRetries`), so it must not have effects outside the database.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
};

export type DatabaseOptions = {
  /**
   * How long a query or a transaction may have its connection, ms; then the connection is cut. A
   * server that says nothing more, being frozen or behind a dead network, would keep it for ever.
   */
  deadlineMs?: number | undefined;
  /** Whether messages are also queued for the CRM's own database. */
  mirror?: boolean;
};

/** PostgreSQL did not answer in time. What was not committed is rolled back. */
export class DatabaseTimeout extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(ms: number | undefined) {
    super(`PostgreSQL did not answer within ${ms} ms; the connection is given up`);
  }
}

const NEVER_MS = 2 ** 31 - 1;

/**
 * The hot paths run on the pool that MikroORM owns, with plain SQL: their correctness lies in the
 * order of locks and statements, which an identity map would hide. MikroORM's own `transactional()`
 * never gives back a connection that dies inside it; here a broken one leaves the pool.
 */
export async function createDatabase(
  orm: MikroORM,
  { deadlineMs, mirror = false }: DatabaseOptions = {},
): Promise<Database> {
  const settled = new WeakSet<pg.PoolClient>();
  const pool = (await orm.em.getConnection().getNativeClient()) as pg.Pool;

  async function lend<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    recover?: (client: pg.PoolClient) => Promise<unknown>,
  ): Promise<T> {
    const client = await pool.connect();
    // Without a listener the death of a connection that is in use ends the process.
    let broken: Error | undefined;
    const onError = (error: Error) => void (broken ??= error);
    client.on('error', onError);
    const overdue = setTimeout(() => {
      broken = new DatabaseTimeout(deadlineMs);
      void (client as unknown as pg.Client).end().catch(() => undefined);
    }, deadlineMs ?? NEVER_MS);
    try {
      if (!settled.has(client)) await settle(client);
      settled.add(client);
      return await work(client);
    } catch (error) {
      if (broken instanceof DatabaseTimeout) throw broken;
      if (remedyFor(error) === 'elsewhere') broken = error as Error;
      await recover?.(client).catch(onError);
      throw error;
    } finally {
      clearTimeout(overdue);
      client.off('error', onError);
      client.release(broken);
    }
  }

  const once = <T>(work: (tx: Transaction) => Promise<T>) =>
    lend(
      async (client) => {
        await client.query(BEGIN);
        const result = await work({ query: queryOn(client, nameOf), mirror });
        const { command } = await client.query('commit');
        // What failed in it and was caught by `work` has undone all of it, which `commit` calls no error.
        if (command === 'ROLLBACK')
          throw new Error('the transaction had failed and is rolled back');
        return result;
      },
      (client) => client.query('rollback'),
    );

  // All of the pool may have the same trouble: then each is tried, and at last a new one.
  const everyOne = pool.options.max + 1;

  return {
    query: (sql, values) =>
      withRetries(() => lend((client) => queryOn(client)(sql, values)), everyOne),
    transaction: (work) => withRetries(() => once(work), everyOne),
  };
}

function queryOn(
  target: pg.PoolClient,
  name: (text: string) => string | undefined = () => undefined,
): Query {
  return async <Row>(text: string, values: readonly unknown[] = []) => {
    const query = { text, name: name(text), values: [...values], types: TYPES };
    const result = await target.query(query);
    return result.rows as Row[];
  };
}

const names = new Map<string, string>();

/**
 * A name makes PostgreSQL keep the plan on the connection: planning the statements of a transaction
 * anew each time takes it longer than running them. Not for `select *`, whose kept plan fails
 * when a newer release adds a column. One whose column changes its type fails as well, once: its
 * connection is closed then, and it is run on another.
 */
function nameOf(text: string): string | undefined {
  if (text.includes('select *')) return undefined;
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(text).digest('base64url');
  names.set(text, name);
  return name;
}
