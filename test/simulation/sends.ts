import { look, type LookResult } from '../../src/domain/send-look.ts';
import { messageOf } from './model.ts';
import { LOST_WORKER, record, recordSilence, SEND_POLICY } from './outcomes.ts';
import type { Attempt, Message, Rows } from './rows.ts';

/** The first transaction of a try: `send-look-row.ts` and `send-store.ts`. */

/** A call that was announced, as the platform gets it. */
export type Call = {
  attemptId: string;
  message: Message;
  part: number;
  text: string;
  credentialVersion: number;
  /** What the checker needs: was it known, when the call began, that it may be a second one? */
  marked: boolean;
  laneSeq: number;
};

export type BeginResult =
  | { do: 'end' }
  | { do: 'again' }
  | { do: 'wait'; delayMs: number | null }
  | { do: 'send'; call: Call };

/** `SendStore.begin`. */
export function begin(
  rows: Rows,
  input: { messageId: string; round: number; attemptId: string; leaseMs: number },
): BeginResult {
  const message = messageOf(rows, input.messageId);
  const newest = message.attempts.at(-1);
  const result = lookAt(rows, message, newest, input.round);
  switch (result.do) {
    case 'end':
      return result;
    case 'wait':
      return {
        do: 'wait',
        delayMs: result.untilMs === null ? null : Math.max(0, result.untilMs - rows.nowMs()),
      };
    case 'record_unknown':
      record(rows, newest?.id ?? '', LOST_WORKER);
      return { do: 'again' };
    case 'judge_silence':
      if (newest) recordSilence(rows, message, newest);
      return { do: 'again' };
    case 'send':
      return { do: 'send', call: beginAttempt(rows, message, input) };
  }
}

/** `SendStore.leaveNext`. */
export function leaveNext(rows: Rows, messageId: string): void {
  for (const row of rows.outbox)
    if (row.kind === 'send_message' && row.target === messageId)
      row.notBeforeMs = Math.min(row.notBeforeMs, rows.nowMs());
}

/** `lockAndLook`, with the rules that may be off left out of what the rule sees. */
function lookAt(
  rows: Rows,
  message: Message,
  newest: Attempt | undefined,
  askedRound: number,
): LookResult {
  const { entryRule, leaseCheck, evidence } = rows.mechanisms;
  const lane = rows.conversations.get(message.conversationId);
  const seen = newest && (newest.outcome !== null || leaseCheck) ? newest : undefined;
  const result = look({
    nowMs: rows.nowMs(),
    askedRound,
    message: {
      round: entryRule ? message.round : askedRound,
      resolved: entryRule && message.resolvedAtMs !== null,
      isHead: !entryRule || lane?.headId === message.id,
      nextAttemptAtMs: message.nextAttemptAtMs,
      waitReason: message.waitReason,
      expiresAtMs: (message.becameHeadAtMs ?? rows.nowMs()) + SEND_POLICY.expiryMs,
    },
    account: {
      enabled: true,
      paused: rows.account.paused,
      throttledUntilMs: rows.account.throttledUntilMs,
    },
    attempt: seen
      ? {
          outcome: seen.outcome,
          leaseUntilMs: seen.leaseUntilMs,
          evidenceUntilMs: evidence ? evidenceUntil(rows, seen) : null,
        }
      : null,
  });
  return result.do === 'record_unknown' && !evidence ? { do: 'send' } : result;
}

/** `EVIDENCE_UNTIL`: while nobody receives webhooks, no proof can come. */
function evidenceUntil({ receivers, nowMs }: Rows, attempt: Attempt): number | null {
  if (attempt.evidenceUntilMs === null) return null;
  if (receivers.atMs < nowMs() - 15_000) return nowMs() + 15_000;
  return receivers.gapEndedAtMs > attempt.startedAtMs
    ? Math.max(attempt.evidenceUntilMs, receivers.gapEndedAtMs + SEND_POLICY.evidenceMs)
    : attempt.evidenceUntilMs;
}

function beginAttempt(
  rows: Rows,
  message: Message,
  { attemptId, leaseMs }: { attemptId: string; leaseMs: number },
): Call {
  const unsent = message.parts.findIndex((part) => part.sentAtMs === null);
  // Only without the entry rule is there a try with nothing left to send.
  const part = unsent === -1 ? message.parts.length : unsent + 1;
  const attempt: Attempt = {
    id: attemptId,
    messageId: message.id,
    part,
    number: message.attempts.length + 1,
    credentialVersion: rows.account.credentialVersion,
    startedAtMs: rows.nowMs(),
    leaseUntilMs: rows.nowMs() + leaseMs,
    outcome: null,
    platformId: null,
    evidenceUntilMs: null,
  };
  message.attempts.push(attempt);
  rows.attempts.set(attemptId, attempt);
  return {
    attemptId,
    message,
    part,
    text: message.parts[part - 1]?.text ?? '',
    credentialVersion: attempt.credentialVersion,
    marked: message.possibleDuplicate,
    laneSeq: message.laneSeq,
  };
}
