import type { TransitionSource } from '../../domain/message.ts';
import type { Transaction } from '../database.ts';
import { advanceLane } from '../lane.ts';
import { addTransition } from './resolve.ts';

/**
 * Sends a message that was given up once more: a new round at the end of its lane, with the whole
 * ladder before it. False, and nothing changed, unless it is resolved as `failed` or `unconfirmed`.
 * The conversation must be locked.
 */
export async function requeueMessage(
  tx: Transaction,
  message: { id: string; conversationId: string },
  source: TransitionSource,
): Promise<boolean> {
  const [row] = await tx.query(
    `with place as (
       update conversations set lane_seq = lane_seq + 1 where id = $2
          and exists (select from messages where id = $1 and resolved_at is not null
                         and status in ('failed', 'unconfirmed'))
       returning lane_seq)
     update messages
        set status = 'pending', resolved_at = null, round = round + 1, lane_seq = place.lane_seq,
            became_head_at = null, queued_at = now(), next_attempt_at = null, wait_reason = null, delayed_at = null,
            error_class = null, error_code = null, error_message = null,
            possible_duplicate = possible_duplicate or status = 'unconfirmed'
       from place where id = $1
     returning id`,
    [message.id, message.conversationId],
  );
  if (!row) return false;
  // What the platform took and could not deliver goes once more; nothing else would be left to send.
  await tx.query(
    `update message_parts p set sent_at = null, platform_message_id = null
      where p.message_id = $1 and p.sent_at is not null
        and exists (select from send_attempts s
                     where s.message_id = p.message_id and s.part = p.part
                       and s.outcome = 'refused'
                       and s.platform_message_id = p.platform_message_id)`,
    [message.id],
  );
  await tx.query(
    'update message_parts set attempts = 0 where message_id = $1 and sent_at is null',
    [message.id],
  );
  await addTransition(tx, { messageId: message.id, status: 'requeued', source });
  await advanceLane(tx, message.conversationId);
  return true;
}
