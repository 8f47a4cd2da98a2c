import type { SendOutcome } from '../../domain/outcome.ts';
import { wellFormed } from '../../domain/well-formed.ts';
import {
  accountThrottleMs,
  afterSilence,
  decide,
  judgeAccountRefusal,
  type SendPolicy,
  type SendState,
  type Verdict,
} from '../../domain/send-policy.ts';
import { clearSuspect, noteRefusedAgain } from '../accounts/pause-suspects.ts';
import { raiseUnknownCode } from '../alert.ts';
import type { Transaction } from '../database.ts';
import { applyProof } from '../receiving/proof.ts';
import { lockAttempt, type AttemptRow } from './send-attempt-row.ts';
import { applyVerdict, proofTarget, type RecordResult } from './send-verdict.ts';

/** What the router is set to do, and what a channel can prove. */
export type SendRules = {
  policy: SendPolicy;
  givesEvidence(channel: string): boolean;
  /** A number in [0, 1), for jitter. */
  random(): number;
};

/** Records an outcome and all that follows from it. Takes the locks itself. */
export async function recordOutcome(
  tx: Transaction,
  input: { attemptId: string; outcome: SendOutcome; durationMs: number; carriesOn?: boolean },
  rules: SendRules,
): Promise<RecordResult> {
  // A text of the platform that PostgreSQL refuses would keep the outcome from ever being recorded.
  const outcome = wellFormed(input.outcome);
  const row = await lockAttempt(tx, input.attemptId, outcome);
  if (!row) return { do: 'done', status: 'unknown' };
  await tx.query(
    `update send_attempts
        set outcome = case when outcome is null or $2 = 'sent' then $2 else outcome end,
            finished_at = now(), duration_ms = $3,
            platform_message_id = coalesce($4, platform_message_id),
            error_code = case when outcome is null then $5 else error_code end,
            error_message = case when outcome is null then $6 else error_message end,
            status_code = case when outcome is null then $7 else status_code end
      where id = $1`,
    [
      row.attempt_id,
      outcome.class,
      Math.round(input.durationMs),
      'platformMessageId' in outcome ? (outcome.platformMessageId ?? null) : null,
      outcome.class === 'sent' ? null : outcome.code,
      outcome.class === 'sent' ? null : outcome.message,
      outcome.class === 'sent' ? null : (outcome.statusCode ?? null),
    ],
  );
  const result = await follow(tx, row, outcome, rules, input.carriesOn);
  if (outcome.class !== 'sent' && outcome.unknownCode !== undefined)
    await raiseUnknownCode(tx, row.account_id, outcome.unknownCode);
  return result;
}

/** Does what the outcome asks for, now that it is written down. */
async function follow(
  tx: Transaction,
  row: AttemptRow,
  outcome: SendOutcome,
  rules: SendRules,
  carriesOn?: boolean,
): Promise<RecordResult> {
  // Its round does not matter: while it is unrecorded nothing newer was begun, and a lost answer
  // that were only noted would be followed by a second call at once.
  const late = row.recorded !== null || row.resolved_at !== null;
  if (late) return recordLate(tx, row, outcome);
  if (outcome.class === 'unknown' && !rules.givesEvidence(row.channel))
    return applySilence(tx, row, outcome, rules);
  const state = sendState(row, rules);
  await throttleAccount(tx, row.account_id, accountThrottleMs(outcome, state));
  if (outcome.class === 'unauthorized') return applyAccountRefusal(tx, row, outcome, rules);
  if (row.account_in_doubt && !row.account_paused && isAnswered(outcome))
    await clearSuspect(tx, row.account_id, row.conversation_id);
  return applyVerdict(tx, row, outcome, decide(outcome, state, rules.policy), carriesOn);
}

/** Whether the platform has dealt with the message itself. */
function isAnswered(outcome: SendOutcome): boolean {
  if (outcome.class === 'sent') return true;
  return outcome.class === 'refused' && outcome.statusCode !== undefined;
}

async function applyAccountRefusal(
  tx: Transaction,
  row: AttemptRow,
  outcome: Extract<SendOutcome, { class: 'unauthorized' }>,
  rules: SendRules,
): Promise<RecordResult> {
  const isOld = row.credential_version !== row.account_version;
  const verdict: Verdict =
    isOld || row.account_paused
      ? { do: 'pause' }
      : judgeAccountRefusal(
          {
            pausedIt: row.paused_it,
            othersFine: row.others_fine,
            othersRefused: row.others_refused,
          },
          sendState(row, rules),
          rules.policy,
        );
  if (verdict.do === 'wait') await noteRefusedAgain(tx, row.account_id, row.conversation_id);
  // It concerns this message and nothing else, as the others have shown.
  const judged = verdict.do === 'give_up' ? { ...outcome, class: 'refused' as const } : outcome;
  return applyVerdict(tx, row, judged, verdict);
}

async function throttleAccount(
  tx: Transaction,
  accountId: string,
  forMs: number | null,
): Promise<void> {
  if (forMs === null) return;
  await tx.query(
    `update accounts set throttled_until = now() + $2 * interval '1 millisecond' where id = $1`,
    [accountId, forMs],
  );
}

/** The time for evidence is over: what the account's rule says is done. */
export async function recordSilence(
  tx: Transaction,
  attemptId: string,
  rules: SendRules,
): Promise<RecordResult> {
  const row = await lockAttempt(tx, attemptId, null);
  if (!row) return { do: 'done', status: 'unknown' };
  await tx.query('update send_attempts set evidence_until = null where id = $1', [attemptId]);
  return applySilence(tx, row, SILENCE, rules);
}

/** What is sent again although it may have arrived says so to everybody who reads of it. */
async function applySilence(
  tx: Transaction,
  row: AttemptRow,
  outcome: SendOutcome,
  rules: SendRules,
): Promise<RecordResult> {
  const verdict = judgeSilence(row, rules);
  if (verdict.do === 'retry')
    await tx.query('update messages set possible_duplicate = true where id = $1', [row.message_id]);
  return applyVerdict(tx, row, outcome, verdict);
}

const SILENCE = {
  class: 'unknown',
  code: 'no_evidence',
  message: 'Nothing proved in time whether the platform has the message.',
} satisfies SendOutcome;

function judgeSilence(row: AttemptRow, rules: SendRules): Verdict {
  const seenMs = row.evidence_seen_at?.getTime() ?? 0;
  return afterSilence(
    sendState(row, rules),
    {
      onUnknown: row.on_unknown ?? 'auto',
      silenceMeansSomething:
        rules.givesEvidence(row.channel) && row.now.getTime() - seenMs < 86_400_000,
    },
    rules.policy,
  );
}

function sendState(row: AttemptRow, rules: SendRules): SendState {
  return {
    nowMs: row.now.getTime(),
    headSinceMs: (row.became_head_at ?? row.now).getTime(),
    attempts: row.attempts,
    streak: row.streak + 1,
    hasUnknown: row.has_unknown,
    lastPart: row.last_part,
    random: rules.random(),
  };
}

/** A late answer changes nothing, unless it proves that the platform has the message. */
async function recordLate(
  tx: Transaction,
  row: AttemptRow,
  outcome: SendOutcome,
): Promise<RecordResult> {
  if (outcome.class === 'sent' && outcome.platformMessageId !== null)
    await applyProof(tx, {
      ...proofTarget(row),
      platformMessageId: outcome.platformMessageId,
      source: 'router',
    });
  return { do: 'wait', delayMs: 0, reason: 'late' };
}
