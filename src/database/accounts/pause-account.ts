import type { Failure } from '../../domain/outcome.ts';
import { raiseAlert } from '../alert.ts';
import { addCrmEvent } from '../delivering/crm-events.ts';
import type { Transaction } from '../database.ts';

/**
 * Lets everything of an account wait for new credentials, and tells the CRM and the operator, once.
 * The account's row must be locked by the transaction already.
 */
export async function pauseAccount(
  tx: Transaction,
  accountId: string,
  error: Failure,
): Promise<void> {
  const paused = await tx.query(
    `update accounts set paused_at = now(), pause_reason = $2
      where id = $1 and paused_at is null returning id`,
    [accountId, error.code],
  );
  if (paused.length === 0) return;
  await raiseAlert(tx, 'account_paused', accountId);
  await addCrmEvent(tx, {
    accountId,
    conversationId: null,
    messageId: null,
    type: 'account.paused',
    data: { account_id: accountId, reason: error.code, detail: error.message },
    traceId: null,
  });
}
