import type { SendOutcome } from '../../src/domain/outcome.ts';
import {
  afterSilence,
  decide,
  type SendPolicy,
  type SendState,
  type Verdict,
} from '../../src/domain/send-policy.ts';
import { addCrmEvent, applyProof, messageOf, resolveGivenUp, resolveSent } from './model.ts';
import { applyParked, applyParkedByCallback, findParkedProof } from './receiving.ts';
import type { Attempt, Message, Rows } from './rows.ts';

/** The second transaction of a try: `send-outcome.ts` and `send-verdict.ts`. */

export const SEND_POLICY: SendPolicy = {
  retryDelaysMs: [2_000, 10_000],
  evidenceMs: 60_000,
  // A day, shortened: so that expiry is met as well.
  expiryMs: 900_000,
};

export type RecordResult =
  | { do: 'done'; next?: { messageId: string; round: number } | undefined }
  | { do: 'next' }
  | { do: 'retry'; delayMs: number }
  | { do: 'wait'; delayMs: number | null };

const START_NEXT_IN_MS = 2_000;

export const LOST_WORKER: SendOutcome = { class: 'unknown', code: 'lost_worker', message: '' };

/** `recordOutcome`. */
export function record(
  rows: Rows,
  attemptId: string,
  outcome: SendOutcome,
  carriesOn = false,
): RecordResult {
  const attempt = rows.attempts.get(attemptId);
  if (!attempt) return { do: 'done' };
  const message = messageOf(rows, attempt.messageId);
  const late = attempt.outcome !== null || message.resolvedAtMs !== null;
  if (attempt.outcome === null || outcome.class === 'sent') attempt.outcome = outcome.class;
  attempt.platformId = outcome.class === 'sent' ? outcome.platformMessageId : null;
  if (late) {
    if (outcome.class === 'sent' && outcome.platformMessageId !== null)
      applyProof(rows, message, attempt.part, outcome.platformMessageId);
    return { do: 'wait', delayMs: 0 };
  }
  const state = sendState(rows, message, attempt);
  const silent = outcome.class === 'unknown' && rows.evidence === 'none';
  const verdict = silent ? judgeSilence(rows, state) : decide(outcome, state, SEND_POLICY);
  if (silent && verdict.do === 'retry') message.possibleDuplicate = true;
  return applyVerdict(rows, message, attempt, outcome, verdict, carriesOn);
}

/** `recordSilence`. */
export function recordSilence(rows: Rows, message: Message, attempt: Attempt): void {
  const verdict = judgeSilence(rows, sendState(rows, message, attempt));
  attempt.evidenceUntilMs = null;
  if (verdict.do === 'retry') message.possibleDuplicate = true;
  applyVerdict(rows, message, attempt, LOST_WORKER, verdict);
}

function judgeSilence(rows: Rows, state: SendState): Verdict {
  const seenMs = rows.account.evidenceSeenAtMs;
  const silenceMeansSomething =
    rows.evidence !== 'none' && seenMs !== null && rows.nowMs() - seenMs < 86_400_000;
  return afterSilence(state, { onUnknown: rows.onUnknown, silenceMeansSomething }, SEND_POLICY);
}

/** The counts that `ATTEMPT_SQL` reads beside the attempt. */
function sendState(rows: Rows, message: Message, attempt: Attempt): SendState {
  const earlier = message.attempts.filter(
    (each) => each.part === attempt.part && each.number < attempt.number,
  );
  const other = earlier.findLastIndex(
    ({ outcome }) =>
      outcome !== null && !['unavailable', 'throttled', 'unauthorized'].includes(outcome),
  );
  const isUnsent = (part: number) => message.parts[part - 1]?.sentAtMs === null;
  return {
    nowMs: rows.nowMs(),
    headSinceMs: message.becameHeadAtMs ?? rows.nowMs(),
    attempts: message.parts[attempt.part - 1]?.attempts ?? 0,
    streak: earlier.length - other,
    hasUnknown: message.attempts.some(
      (each) => each !== attempt && each.outcome === 'unknown' && isUnsent(each.part),
    ),
    lastPart: !message.parts.some((_, index) => index + 1 > attempt.part && isUnsent(index + 1)),
    random: rows.random(),
  };
}

/** `applyVerdict` of `send-verdict.ts`. */
function applyVerdict(
  rows: Rows,
  message: Message,
  attempt: Attempt,
  outcome: SendOutcome,
  verdict: Verdict,
  carriesOn = false,
): RecordResult {
  const part = message.parts[attempt.part - 1];
  switch (verdict.do) {
    case 'sent': {
      const platformId = (outcome.class === 'sent' && outcome.platformMessageId) || '';
      if (part) Object.assign(part, { platformId, sentAtMs: rows.nowMs() });
      const next = verdict.messageDone
        ? resolveSent(rows, message, carriesOn ? START_NEXT_IN_MS : 0)
        : undefined;
      if (!verdict.messageDone) Object.assign(message, { nextAttemptAtMs: null, waitReason: null });
      applyParked(rows, platformId);
      if (!verdict.messageDone) return { do: 'next' };
      const goesOn = carriesOn && next;
      return { do: 'done', next: goesOn ? { messageId: next.id, round: next.round } : undefined };
    }
    case 'retry':
      if (part) part.attempts += 1;
      setWait(rows, message, verdict.delayMs, 'retry');
      return { do: 'retry', delayMs: verdict.delayMs };
    case 'wait':
      setWait(rows, message, verdict.delayMs, verdict.reason);
      return { do: 'wait', delayMs: verdict.delayMs };
    case 'await_evidence': {
      const proof = findParkedProof(rows, message, attempt);
      if (proof !== undefined) {
        applyProof(rows, message, attempt.part, proof);
        return { do: 'wait', delayMs: 0 };
      }
      if (applyParkedByCallback(rows, attempt)) return { do: 'wait', delayMs: 0 };
      attempt.evidenceUntilMs = rows.nowMs() + verdict.delayMs;
      if (message.status === 'pending') message.status = 'unconfirmed';
      return { do: 'wait', delayMs: verdict.delayMs };
    }
    case 'hold':
      attempt.evidenceUntilMs = Infinity;
      message.status = 'unconfirmed';
      setWait(rows, message, null, 'held');
      return { do: 'wait', delayMs: null };
    case 'pause':
      return applyPause(rows, message, attempt);
    case 'give_up':
      resolveGivenUp(rows, message, { status: verdict.status, errorClass: outcome.class });
      return { do: 'done' };
  }
}

/** `applyPause`. */
function applyPause(rows: Rows, message: Message, attempt: Attempt): RecordResult {
  if (attempt.credentialVersion !== rows.account.credentialVersion) {
    setWait(rows, message, 0, 'retry');
    return { do: 'retry', delayMs: 0 };
  }
  setWait(rows, message, null, 'account_paused');
  if (!rows.account.paused) {
    rows.account.paused = true;
    addCrmEvent(rows, rows.account.id, 'account.paused');
  }
  return { do: 'wait', delayMs: null };
}

/** `setWait`. */
function setWait(rows: Rows, message: Message, delayMs: number | null, reason: string): void {
  message.nextAttemptAtMs = delayMs === null ? null : rows.nowMs() + delayMs;
  message.waitReason = reason;
  const waitedMs = rows.nowMs() - (message.becameHeadAtMs ?? rows.nowMs());
  if (message.delayed || (delayMs !== null && waitedMs + delayMs <= 60_000)) return;
  message.delayed = true;
  addCrmEvent(rows, message.conversationId, 'message.delayed', message.id);
}
