import type { TransitionSource } from '../../domain/message.ts';
import type { Transaction } from '../database.ts';
import { wakeMessage } from '../sending/held-message.ts';
import { resolveSent, type LaneMessage } from '../sending/resolve.ts';

export type Proof = {
  message: LaneMessage;
  part: number;
  platformMessageId: string;
  source: TransitionSource;
};

/**
 * The platform has this part, whatever we believed: the part is sent, and with the last one the
 * message. Whoever waits for it is woken. Locks as in `lane.ts` must be held.
 */
export async function applyProof(tx: Transaction, proof: Proof): Promise<void> {
  const { message, part } = proof;
  await tx.query(
    `update message_parts set platform_message_id = coalesce(platform_message_id, $3),
            sent_at = coalesce(sent_at, now())
      where message_id = $1 and part = $2`,
    [message.id, part, proof.platformMessageId],
  );
  await tx.query(
    `update send_attempts set outcome = 'sent', platform_message_id = $3, evidence_until = null
      where id = (select id from send_attempts
                   where message_id = $1 and part = $2 and (outcome = 'unknown' or outcome is null)
                   order by number desc limit 1)`,
    [message.id, part, proof.platformMessageId],
  );
  const [state] = await tx.query<{ status: string; open: boolean }>(
    `select status,
            exists (select from message_parts where message_id = $1 and sent_at is null) as open
       from messages where id = $1`,
    [message.id],
  );
  if (!state) return;
  if (!state.open && ['pending', 'unconfirmed', 'failed'].includes(state.status))
    await resolveSent(tx, message, proof.source);
  else
    await tx.query('update messages set next_attempt_at = null, wait_reason = null where id = $1', [
      message.id,
    ]);
  await wakeMessage(tx, message);
}
