import type { Database, Transaction } from '../database.ts';

/** A page of what is gone through in an order of its own; `position` is that of its last row. */
export type TurnPage<Row> = { rows: Row[]; position: string; isLast: boolean };

/**
 * Takes the next page of a kind that many processes go through together, so that ten workers ask no
 * more than one; null when the pass is over, and until `everyMs` after its end, or while another one
 * reads. A page that its process did not live to deal with comes again with the next pass.
 */
export function takePage<Row>(
  database: Database,
  { kind, everyMs }: { kind: string; everyMs: number },
  read: (tx: Transaction, after: string) => Promise<TurnPage<Row>>,
): Promise<Row[] | null> {
  return database.transaction(async (tx) => {
    await tx.query('insert into reconcile_turns (kind) values ($1) on conflict do nothing', [kind]);
    const [turn] = await tx.query<{ position: string }>(
      `select position from reconcile_turns where kind = $1 and next_pass_at <= now()
          for update skip locked`,
      [kind],
    );
    if (!turn) return null;
    const { rows, position, isLast } = await read(tx, turn.position);
    await tx.query(
      `update reconcile_turns
          set position = $2,
              next_pass_at = case when $3 then clock_timestamp() + $4 * interval '1 millisecond'
                                  else next_pass_at end
        where kind = $1`,
      [kind, isLast ? '' : position, isLast, everyMs],
    );
    return rows;
  });
}

/** Begins the pass of every kind anew, at once. */
export async function hastenPasses(database: Database): Promise<void> {
  await database.query(`update reconcile_turns set position = '', next_pass_at = now()`);
}
