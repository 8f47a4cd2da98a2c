import { resolveAlerts } from '../alert.ts';
import { addAuditLine } from '../audit.ts';
import type { Transaction } from '../database.ts';
import { discardDeadLetters } from '../dead-letter.ts';
import { lockConversations } from '../lane.ts';
import { resolveGivenUp } from '../sending/resolve.ts';
import { lockAccount } from './lock-account.ts';

const DELETED = {
  class: 'account_deleted',
  code: 'account_deleted',
  message: 'The account was deleted before the message was sent.',
};

/** Erases what is secret, ends what waits, keeps the history. */
export async function removeAccount(tx: Transaction, id: string, actor: string): Promise<boolean> {
  const account = await lockAccount(tx, id);
  if (!account) return false;
  await tx.query(
    `update accounts set deleted_at = now(), enabled = false, credentials = null,
            webhook_secrets = '[]', webhook_headers = '[]' where id = $1`,
    [id],
  );
  const findWaiting = () =>
    tx.query<{ id: string; conversation_id: string }>(
      `select m.id, m.conversation_id from conversations c
         join messages m on m.conversation_id = c.id
        where c.account_id = $1 and m.direction = 'out' and m.resolved_at is null
        order by m.lane_seq`,
      [id],
    );
  await lockConversations(
    tx,
    (await findWaiting()).map((message) => message.conversation_id),
  );
  // Again, now under the locks: proof may have resolved one meanwhile.
  const waiting = await findWaiting();
  for (const message of waiting) {
    const [unknown] = await tx.query(
      `select 1 from send_attempts
        where message_id = $1 and (outcome is null or outcome = 'unknown') limit 1`,
      [message.id],
    );
    await resolveGivenUp(
      tx,
      { id: message.id, accountId: id, conversationId: message.conversation_id },
      {
        status: unknown ? 'unconfirmed' : 'failed',
        error: DELETED,
        source: 'api',
        deadLetter: false,
      },
    );
  }
  await tx.query(
    `update webhook_deliveries set state = 'discarded'
      where account_id = $1 and state in ('pending', 'replay')`,
    [id],
  );
  await discardDeadLetters(tx, id);
  await resolveAlerts(tx, id);
  await addAuditLine(tx, { actor, action: 'account.delete', subject: id });
  return true;
}
