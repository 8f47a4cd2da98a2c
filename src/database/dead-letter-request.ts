import type { Asked, AskedBy } from '../domain/dead-letter.ts';
import type { Transaction } from './database.ts';

/** The members of a locked letter that say what was asked, and what was carried out. */
export type Requests = { id: string; asked: Asked | null; heard: Record<string, number> };

/**
 * Whether this request has yet to be carried out, noting that it is. A reset brings the signals of a
 * run again, under the same numbers: without this a message that may have arrived is sent once more
 * though nobody asked for it.
 */
export async function hearRequest(
  tx: Transaction,
  letter: Requests,
  what: Asked,
  by: AskedBy,
): Promise<boolean> {
  if (by === 'row') return letter.asked === what;
  if ((letter.heard[by.run] ?? 0) >= by.number) return false;
  await tx.query(
    'update dead_letters set heard = heard || jsonb_build_object($2::text, $3::int) where id = $1',
    [letter.id, by.run, by.number],
  );
  return true;
}

/** It is carried out, whoever asked for it. */
export async function forgetAsked(tx: Transaction, id: string, what: Asked): Promise<void> {
  await tx.query(
    'update dead_letters set asked = null, ask_again_at = null where id = $1 and asked = $2',
    [id, what],
  );
}

/** Writes it into the row, where it outlives whatever becomes of the workflow. */
export async function keepAsked(tx: Transaction, id: string, what: Asked): Promise<void> {
  await tx.query(
    `update dead_letters set asked = $2, ask_again_at = now() + interval '1 minute'
      where id = $1 and state = 'open'`,
    [id, what],
  );
}
