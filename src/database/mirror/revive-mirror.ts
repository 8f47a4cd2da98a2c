import type { Transaction } from '../database.ts';
import { wakeMirror } from '../mirror-queue.ts';

const OPEN = `state in ('pending', 'writing')
    and not exists (select from outbox o where o.kind = 'mirror_ready')`;

/** Whether the mirror should be running: something has waited for `olderThanMs`, and nothing says so. */
export async function findMirror(
  database: Pick<Transaction, 'query'>,
  olderThanMs: number,
): Promise<{ kind: 'mirror' }[]> {
  const [oldest] = await database.query(
    `select 1 from mirror_queue
      where ${OPEN} and queued_at < now() - $1 * interval '1 millisecond' limit 1`,
    [olderThanMs],
  );
  return oldest ? [{ kind: 'mirror' }] : [];
}

/** Writes a fresh outbox row; false when there is nothing to do, or the mirror is off. */
export async function reviveMirror(tx: Transaction): Promise<boolean> {
  if (!tx.mirror) return false;
  const [row] = await tx.query<{ account_id: string }>(
    `select m.account_id from mirror_queue q join messages m on m.id = q.message_id
      where q.id = (select min(id) from mirror_queue where ${OPEN})`,
  );
  if (!row) return false;
  await wakeMirror(tx, row.account_id);
  return true;
}
