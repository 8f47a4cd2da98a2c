import type { Transaction } from '../database.ts';

/**
 * Which conversations' messages have met the answers that paused an account. After a resume none of
 * them may pause it again by itself; see `judgeAccountRefusal`. The account must be locked.
 */

/** More than these would mean that it is not about single conversations at all. */
const MOST_SUSPECTS = 50;

/** A message of the conversation has just paused the account. */
export async function suspect(
  tx: Transaction,
  accountId: string,
  conversationId: string,
): Promise<void> {
  await tx.query(
    `update accounts
        set paused_by = (array[$2] || array_remove(paused_by, $2))[1:${MOST_SUSPECTS}],
            refused_conversation = null, proved_at = null
      where id = $1`,
    [accountId, conversationId],
  );
}

/** After a resume the conversation was refused once more, and waits by itself. */
export async function noteRefusedAgain(
  tx: Transaction,
  accountId: string,
  conversationId: string,
): Promise<void> {
  await tx.query('update accounts set refused_conversation = $2 where id = $1', [
    accountId,
    conversationId,
  ]);
}

/** The platform has dealt with a message of the conversation: the account is well, and so is it. */
export async function clearSuspect(
  tx: Transaction,
  accountId: string,
  conversationId: string,
): Promise<void> {
  await tx.query(
    `update accounts
        set paused_by = array_remove(paused_by, $2), proved_at = now()
      where id = $1`,
    [accountId, conversationId],
  );
}

/** What was seen before this resume says nothing about the time after it. */
export async function forgetProofs(tx: Transaction, accountId: string): Promise<void> {
  await tx.query(
    'update accounts set proved_at = null, refused_conversation = null where id = $1',
    [accountId],
  );
}
