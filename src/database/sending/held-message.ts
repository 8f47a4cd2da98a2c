import { HELD } from '../../domain/send-look.ts';
import type { MessageError, TransitionSource } from '../../domain/message.ts';
import { openDeadLetter } from '../dead-letter.ts';
import { addStatusEvent } from '../delivering/crm-events.ts';
import type { Transaction } from '../database.ts';
import { addOutboxRow } from '../outbox.ts';
import { addTransition, resolveGivenUp, type LaneMessage } from './resolve.ts';

/**
 * A message that may or may not have arrived holds its conversation, because its account wants a
 * person to decide. The CRM and an operator are told at once; `confirm`, `resend` and `cancel`, or
 * replaying or discarding its dead letter, end it, and so does a late proof.
 */
export async function holdMessage(
  tx: Transaction,
  message: LaneMessage & { attemptId: string; attempt: number },
  error: MessageError,
): Promise<void> {
  // An older process, which knows no held messages, must not take the end of the wait for leave to send.
  await tx.query(
    `update send_attempts set evidence_until = now() + interval '100 years' where id = $1`,
    [message.attemptId],
  );
  await tx.query(
    `update messages
        set status = 'unconfirmed', wait_reason = $2, next_attempt_at = null, error_class = $3,
            error_code = $4, error_message = $5
      where id = $1`,
    [message.id, HELD, error.class, error.code, error.message],
  );
  const { id: messageId, attempt } = message;
  await addTransition(tx, { messageId, status: 'unconfirmed', source: 'router', attempt, error });
  await addStatusEvent(tx, messageId, 'message.unconfirmed');
  await openDeadLetter(tx, 'message', messageId, { reason: error.class });
}

/** Whether the message holds its conversation. The conversation must be locked. */
export async function isHeld(tx: Transaction, messageId: string): Promise<boolean> {
  const [row] = await tx.query(
    'select 1 from messages where id = $1 and resolved_at is null and wait_reason = $2',
    [messageId, HELD],
  );
  return row !== undefined;
}

/** It is sent again, whatever became of the attempts before, and marked as a possible duplicate. */
export async function sendAgain(
  tx: Transaction,
  message: LaneMessage,
  source: TransitionSource,
): Promise<void> {
  await tx.query(
    `update messages set status = 'pending', possible_duplicate = true where id = $1`,
    [message.id],
  );
  await addTransition(tx, { messageId: message.id, status: 'requeued', source });
  await goOnNow(tx, message);
}

/**
 * Ends the wait of an unresolved message for evidence, or for a person: how long that took counts
 * towards its expiry as little as the time of a pause does.
 */
export async function goOnNow(tx: Transaction, message: LaneMessage): Promise<void> {
  await tx.query('update send_attempts set evidence_until = null where message_id = $1', [
    message.id,
  ]);
  await tx.query(
    `update messages
        set next_attempt_at = now(), wait_reason = null, became_head_at = now(), error_class = null, error_code = null,
            error_message = null
      where id = $1`,
    [message.id],
  );
  await tx.query(
    `update dead_letters set state = 'replaying'
      where kind = 'message' and subject_id = $1 and state = 'open'`,
    [message.id],
  );
  await wakeMessage(tx, message);
}

const LET_GO = {
  class: 'cancelled',
  code: 'cancelled',
  message: 'A person let the conversation go on; whether this message arrived is not known.',
};

/** The conversation goes on without it: it stays `unconfirmed`, and its dead letter is closed. */
export async function letGo(
  tx: Transaction,
  message: LaneMessage,
  source: TransitionSource,
): Promise<void> {
  await resolveGivenUp(tx, message, {
    status: 'unconfirmed',
    error: LET_GO,
    source,
    deadLetter: false,
  });
  await wakeMessage(tx, message);
}

/** Its workflow may be in the middle of a long wait for what has been decided now. */
export async function wakeMessage(tx: Transaction, message: LaneMessage): Promise<void> {
  const [row] = await tx.query<{ channel: string; round: number; trace_id: string | null }>(
    'select channel, round, trace_id from messages where id = $1',
    [message.id],
  );
  if (!row) return;
  await addOutboxRow(tx, {
    kind: 'wake_message',
    target: message.id,
    accountId: message.accountId,
    channel: row.channel,
    round: row.round,
    traceId: row.trace_id,
  });
}
