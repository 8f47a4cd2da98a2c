/** What the rows say of a message at the moment a worker wants to send it. Times in ms since 1970. */
export type LaneLook = {
  nowMs: number;
  /** The round the workflow runs for. */
  askedRound: number;
  /** Null: the message is gone. */
  message: {
    round: number;
    resolved: boolean;
    isHead: boolean;
    nextAttemptAtMs: number | null;
    waitReason: string | null;
    /** Then it is tried once more whatever it waits for, but for a paused or disabled account. */
    expiresAtMs: number;
  } | null;
  account: { enabled: boolean; paused: boolean; throttledUntilMs: number | null };
  /** The newest attempt of the message, if there is one that still matters. */
  attempt: {
    /** Null while the call is on its way. */
    outcome: string | null;
    leaseUntilMs: number;
    evidenceUntilMs: number | null;
  } | null;
};

/**
 * What a message waits for that may or may not have arrived, where its account wants a person to
 * decide (`on_unknown_outcome: hold`). Only a decision or a late proof ends it.
 */
export const HELD = 'held';

export type LookResult =
  | { do: 'end' }
  | { do: 'wait'; untilMs: number | null; reason: string }
  /** The worker that made the call is gone: nobody knows what became of it. */
  | { do: 'record_unknown' }
  | { do: 'judge_silence' }
  | { do: 'send' };

/**
 * The first step of every try. It reads rows and nothing else: after a crash, a repeat or a restored
 * Temporal the attempt number of an activity says nothing about what the platform was told.
 */
export function look(state: LaneLook): LookResult {
  const { message, account, attempt, nowMs } = state;
  if (!message || message.resolved || !message.isHead || message.round !== state.askedRound)
    return { do: 'end' };
  if (attempt?.outcome === null) {
    return attempt.leaseUntilMs > nowMs
      ? { do: 'wait', untilMs: attempt.leaseUntilMs, reason: 'attempt_in_flight' }
      : { do: 'record_unknown' };
  }
  if (message.waitReason === HELD) return { do: 'wait', untilMs: null, reason: HELD };
  if (attempt?.outcome === 'unknown' && attempt.evidenceUntilMs !== null) {
    return attempt.evidenceUntilMs > nowMs
      ? { do: 'wait', untilMs: attempt.evidenceUntilMs, reason: 'awaiting_evidence' }
      : { do: 'judge_silence' };
  }
  if (!account.enabled) return { do: 'wait', untilMs: null, reason: 'account_disabled' };
  if (account.paused) return { do: 'wait', untilMs: null, reason: 'account_paused' };
  const throttledUntilMs = Math.min(account.throttledUntilMs ?? 0, message.expiresAtMs);
  if (throttledUntilMs > nowMs)
    return { do: 'wait', untilMs: throttledUntilMs, reason: 'throttled' };
  if (message.nextAttemptAtMs !== null && message.nextAttemptAtMs > nowMs)
    return {
      do: 'wait',
      untilMs: message.nextAttemptAtMs,
      reason: message.waitReason ?? 'retry',
    };
  return { do: 'send' };
}
