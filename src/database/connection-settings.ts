import pg from 'pg';

/**
 * What our statements mean must not depend on what somebody has set for the role, the database or the
 * server. Set with the first statements of a connection: in its start a pooler would refuse them. Time-outs
 * come first, each with a statement that takes no time; our own deadlines stand for them. How times are
 * written PgBouncer keeps for us, whatever server a later transaction goes to.
 */
export async function settle(client: pg.PoolClient): Promise<void> {
  await client.query(SETTINGS);
  await client.query('set transaction_timeout = 0').catch((error: { code?: unknown }) => {
    if (error.code !== UNKNOWN_SETTING) throw error;
  });
}

/** PostgreSQL has `transaction_timeout` from version 17 on. */
const UNKNOWN_SETTING = '42704';

/**
 * Our triggers and foreign keys must run: whoever may not undo what switches them off gets no connection,
 * as if there were no server. What is accepted must be on the disk: of `synchronous_commit` only `off` is overruled, for there are
 * stronger kinds of `on`.
 */
const SETTINGS = `
  set statement_timeout = 30000; set lock_timeout = 0;
  set idle_in_transaction_session_timeout = 0; set idle_session_timeout = 0;
  set datestyle = 'ISO, MDY'; set timezone = 'UTC'; set standard_conforming_strings = on;
  set default_transaction_isolation = 'read committed'; set default_transaction_read_only = off;
  set default_transaction_deferrable = off; set intervalstyle = 'postgres'; set array_nulls = on;
  set transform_null_equals = off; set bytea_output = 'hex'; set extra_float_digits = 1;
  select set_config('session_replication_role', 'origin', false)
   where current_setting('session_replication_role') = 'replica';
  select set_config('synchronous_commit', 'on', false)
   where current_setting('synchronous_commit') = 'off'`;

/** Whatever the defaults are by the time of a transaction, behind a pooler too. */
export const BEGIN = 'begin isolation level read committed read write';

/** PostgreSQL answers in a form that we did not ask for: nothing of it can be relied on. */
export class UnreadableAnswer extends Error {
  readonly code = '22007';

  constructor() {
    super(
      'PostgreSQL writes times in a form that cannot be read; which DateStyle has the connection?',
    );
  }
}

const TIMES = new Set<number>([pg.types.builtins.TIMESTAMPTZ, pg.types.builtins.TIMESTAMP]);

/**
 * pg's own parsers, which make times dates (MikroORM's pool leaves them as text); only that they make
 * `null` of a time that they cannot read, which would be taken for one that is not there.
 */
export const TYPES = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const parse = pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown;
    if (!TIMES.has(oid)) return parse;
    return (text: string) => {
      const time = parse(text);
      if (time === null || (time instanceof Date && Number.isNaN(time.getTime())))
        throw new UnreadableAnswer();
      return time;
    };
  },
};
