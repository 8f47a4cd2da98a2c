import type { Failure, SendOutcome } from '../../domain/outcome.ts';
import { HELD } from '../../domain/send-look.ts';
import type { Verdict } from '../../domain/send-policy.ts';
import { pauseAccount } from '../accounts/pause-account.ts';
import { suspect } from '../accounts/pause-suspects.ts';
import { addStatusEvent } from '../delivering/crm-events.ts';
import type { Transaction } from '../database.ts';
import { applyParked, applyParkedByCallback, findParkedProof } from '../receiving/evidence.ts';
import { applyProof } from '../receiving/proof.ts';
import { addAlias, changeAddress } from '../receiving/address-change.ts';
import { holdMessage } from './held-message.ts';
import { addTransition, resolveGivenUp, resolveSent } from './resolve.ts';
import type { LaneHead } from '../lane.ts';
import type { AttemptRow } from './send-attempt-row.ts';

/** What the caller has to do now. `delayMs` null: until something wakes it. */
export type RecordResult =
  /** `next`: the lane goes on with that message, for a caller who said that it carries on. */
  | { do: 'done'; status: string; next?: LaneHead }
  /** The next part. */
  | { do: 'next' }
  | { do: 'retry'; delayMs: number }
  | { do: 'wait'; delayMs: number | null; reason: string };

/** By then who carries on has sent the next message, or died. */
const START_NEXT_IN_MS = 2_000;

/** Writes what a verdict means into the rows. */
export async function applyVerdict(
  tx: Transaction,
  row: AttemptRow,
  outcome: SendOutcome,
  verdict: Verdict,
  carriesOn = false,
): Promise<RecordResult> {
  switch (verdict.do) {
    case 'sent':
      return applySent(tx, row, outcome, { messageDone: verdict.messageDone, carriesOn });
    case 'retry':
      if (outcome.class === 'migrated')
        await changeAddress(tx, row.account_id, {
          conversationId: row.conversation_id,
          oldIds: [row.recipient_id],
          now: { externalId: outcome.newRecipientId, aliases: [] },
        });
      await tx.query(
        'update message_parts set attempts = attempts + 1 where message_id = $1 and part = $2',
        [row.message_id, row.part],
      );
      await setWait(tx, row, verdict.delayMs, 'retry');
      return { do: 'retry', delayMs: verdict.delayMs };
    case 'wait':
      await setWait(tx, row, verdict.delayMs, verdict.reason);
      return { do: 'wait', delayMs: verdict.delayMs, reason: verdict.reason };
    case 'await_evidence':
      return awaitEvidence(tx, row, outcome, verdict.delayMs);
    case 'hold':
      await holdMessage(
        tx,
        { ...laneMessage(row), attemptId: row.attempt_id, attempt: row.number },
        errorOf(outcome),
      );
      return { do: 'wait', delayMs: null, reason: HELD };
    case 'pause':
      return applyPause(tx, row, outcome);
    case 'give_up':
      await resolveGivenUp(tx, laneMessage(row), {
        status: verdict.status,
        error: errorOf(outcome),
        source: 'router',
        deadLetter: verdict.deadLetter,
        attempt: row.number,
      });
      return { do: 'done', status: verdict.status };
  }
}

async function applySent(
  tx: Transaction,
  row: AttemptRow,
  outcome: SendOutcome,
  { messageDone, carriesOn }: { messageDone: boolean; carriesOn: boolean },
): Promise<RecordResult> {
  const { platformMessageId: platformId = null, recipientAlias } =
    outcome.class === 'sent' ? outcome : {};
  await tx.query(
    `update message_parts set platform_message_id = $3, sent_at = now()
      where message_id = $1 and part = $2`,
    [row.message_id, row.part, platformId],
  );
  if (recipientAlias !== undefined)
    await addAlias(tx, row.account_id, row.conversation_id, recipientAlias);
  const next = messageDone
    ? await resolveSent(tx, laneMessage(row), 'router', {
        attempt: row.number,
        startNextInMs: carriesOn ? START_NEXT_IN_MS : 0,
      })
    : null;
  if (!messageDone)
    await tx.query('update messages set next_attempt_at = null, wait_reason = null where id = $1', [
      row.message_id,
    ]);
  if (platformId !== null) await applyParked(tx, row.account_id, platformId);
  if (!messageDone) return { do: 'next' };
  return { do: 'done', status: 'sent', ...(carriesOn && next ? { next } : {}) };
}

async function awaitEvidence(
  tx: Transaction,
  row: AttemptRow,
  outcome: SendOutcome,
  delayMs: number,
): Promise<RecordResult> {
  const proof = await findParkedProof(tx, row);
  if (proof) {
    await applyProof(tx, { ...proofTarget(row), platformMessageId: proof, source: 'platform' });
    await applyParked(tx, row.account_id, proof);
    return { do: 'wait', delayMs: 0, reason: 'proved' };
  }
  if (await applyParkedByCallback(tx, row)) return { do: 'wait', delayMs: 0, reason: 'refused' };
  await tx.query(
    `update send_attempts set evidence_until = now() + $2 * interval '1 millisecond' where id = $1`,
    [row.attempt_id, delayMs],
  );
  if (row.status === 'pending') {
    await tx.query(`update messages set status = 'unconfirmed' where id = $1`, [row.message_id]);
    await addTransition(tx, {
      messageId: row.message_id,
      status: 'unconfirmed',
      source: 'router',
      attempt: row.number,
      error: errorOf(outcome),
    });
  }
  // Most proofs come within seconds: that it waits is told of like any other wait, after a minute.
  await tx.query(
    `update messages
        set wait_reason = 'awaiting_evidence', next_attempt_at = now() + $2 * interval '1 millisecond'
      where id = $1`,
    [row.message_id, delayMs],
  );
  return { do: 'wait', delayMs, reason: 'awaiting_evidence' };
}

async function applyPause(
  tx: Transaction,
  row: AttemptRow,
  outcome: SendOutcome,
): Promise<RecordResult> {
  // A new token came in while the old one was refused: the message is simply tried again.
  if (row.credential_version !== row.account_version) {
    await setWait(tx, row, 0, 'retry');
    return { do: 'retry', delayMs: 0 };
  }
  await setWait(tx, row, null, 'account_paused');
  if (!row.account_paused) await pauseAccount(tx, row.account_id, errorOf(outcome));
  await suspect(tx, row.account_id, row.conversation_id);
  return { do: 'wait', delayMs: null, reason: 'account_paused' };
}

const DELAYED_AFTER_MS = 60_000;

async function setWait(tx: Transaction, row: AttemptRow, delayMs: number | null, reason: string) {
  await tx.query(
    `update messages set next_attempt_at = now() + $2 * interval '1 millisecond', wait_reason = $3
      where id = $1`,
    [row.message_id, delayMs, reason],
  );
  await noteDelay(tx, row, delayMs);
}

/** Tells the CRM, once per message, that it waits for over a minute; its row says what for. */
export async function noteDelay(
  tx: Transaction,
  row: Pick<AttemptRow, 'now' | 'message_id' | 'became_head_at' | 'delayed_at'>,
  delayMs: number | null,
): Promise<void> {
  const waitedMs = row.now.getTime() - (row.became_head_at ?? row.now).getTime();
  const long = delayMs === null || waitedMs + delayMs > DELAYED_AFTER_MS;
  if (!long || row.delayed_at !== null) return;
  await tx.query('update messages set delayed_at = now() where id = $1', [row.message_id]);
  await addStatusEvent(tx, row.message_id, 'message.delayed');
}

function laneMessage(row: AttemptRow) {
  return { id: row.message_id, accountId: row.account_id, conversationId: row.conversation_id };
}

/** Which part of which message a proof would prove. */
export function proofTarget(row: AttemptRow) {
  return { message: laneMessage(row), part: row.part };
}

function errorOf(outcome: SendOutcome): { class: string } & Failure {
  if (outcome.class === 'sent') return { class: 'sent', code: '', message: '' };
  return { class: outcome.class, code: outcome.code, message: outcome.message };
}
