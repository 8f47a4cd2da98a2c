import { jitter } from './jitter.ts';
import type { SendOutcome } from './outcome.ts';

/** The figures of the way out. All times in milliseconds. */
export type SendPolicy = {
  /** Waits after the first, second, … counted attempt; one more attempt than there are waits. */
  retryDelaysMs: readonly number[];
  /** How long proof of an unknown outcome is awaited. */
  evidenceMs: number;
  /** How long a message may be head of its lane before it is given up. */
  expiryMs: number;
};

export type OnUnknownOutcome = 'auto' | 'resend' | 'hold';

/** What is known of a part when the outcome of its newest attempt is judged. */
export type SendState = {
  nowMs: number;
  headSinceMs: number;
  /** Attempts that count, this one not included. */
  attempts: number;
  /** Attempts in a row that ended like this one, this one included. */
  streak: number;
  /** Whether any attempt of the message ended unknown and was never proved. */
  hasUnknown: boolean;
  /** Whether this part is the last one. */
  lastPart: boolean;
  /** A number in [0, 1). */
  random: number;
};

export type Verdict =
  | { do: 'sent'; messageDone: boolean }
  | { do: 'retry'; delayMs: number }
  | { do: 'wait'; delayMs: number; reason: WaitReason }
  | { do: 'await_evidence'; delayMs: number }
  /** A person decides; the conversation waits for that. */
  | { do: 'hold' }
  | { do: 'pause' }
  | { do: 'give_up'; status: 'failed' | 'unconfirmed'; deadLetter: boolean };

export type WaitReason = 'throttled' | 'unavailable' | 'account_refusal';

const THROTTLED_FIRST_MS = 5_000;
const THROTTLED_MAX_MS = 900_000;
const UNAVAILABLE_FIRST_MS = 5_000;
const UNAVAILABLE_MAX_MS = 60_000;
const REFUSED_AGAIN_FIRST_MS = 60_000;
const REFUSED_AGAIN_MAX_MS = 900_000;

/** What follows from an outcome: the one place that decides. */
export function decide(outcome: SendOutcome, state: SendState, policy: SendPolicy): Verdict {
  switch (outcome.class) {
    case 'sent':
      return { do: 'sent', messageDone: state.lastPart };
    case 'transient':
      return retryOrGiveUp(state, policy);
    case 'throttled':
      return waitOrExpire('throttled', throttleMs(outcome, state), state, policy);
    case 'unavailable': {
      const backoff = doubling(UNAVAILABLE_FIRST_MS, UNAVAILABLE_MAX_MS, state.streak);
      const delayMs = jitter(backoff, state.random);
      return waitOrExpire('unavailable', delayMs, state, policy);
    }
    case 'unknown':
      return { do: 'await_evidence', delayMs: policy.evidenceMs };
    case 'unauthorized':
      return { do: 'pause' };
    case 'migrated':
      return atOnce(retryOrGiveUp(state, policy));
    case 'refused':
      return giveUp(state, false);
  }
}

/**
 * What follows when an answer speaks against the whole account. One conversation alone cannot stop
 * the others again and again: after a resume, the one that has paused the account waits by itself
 * until others were tried. Where they get through, the answer was about its message after all.
 */
export function judgeAccountRefusal(
  account: {
    /** Its message paused the account before the last resume. */
    pausedIt: boolean;
    /** The platform has taken a message to somebody else since. */
    othersFine: boolean;
    /** Another of those that paused the account was refused again since. */
    othersRefused: boolean;
  },
  state: SendState,
  policy: SendPolicy,
): Verdict {
  if (!account.pausedIt || (account.othersRefused && !account.othersFine)) return { do: 'pause' };
  if (account.othersFine) return giveUp(state, true);
  const delayMs = doubling(REFUSED_AGAIN_FIRST_MS, REFUSED_AGAIN_MAX_MS, state.streak);
  return waitOrExpire('account_refusal', delayMs, state, policy);
}

/** What follows when the time for evidence is over and none came. */
export function afterSilence(
  state: SendState,
  rule: { onUnknown: OnUnknownOutcome; silenceMeansSomething: boolean },
  policy: SendPolicy,
): Verdict {
  if (rule.onUnknown === 'hold') return { do: 'hold' };
  const resend = rule.onUnknown === 'resend' || rule.silenceMeansSomething;
  if (!resend) return { do: 'give_up', status: 'unconfirmed', deadLetter: true };
  return atOnce(retryOrGiveUp({ ...state, hasUnknown: true }, policy));
}

function atOnce(verdict: Verdict): Verdict {
  return verdict.do === 'retry' ? { do: 'retry', delayMs: 0 } : verdict;
}

function retryOrGiveUp(state: SendState, policy: SendPolicy): Verdict {
  const delayMs = policy.retryDelaysMs[state.attempts];
  if (delayMs === undefined || isExpired(state, policy)) return giveUp(state, true);
  return { do: 'retry', delayMs: clampToExpiry(jitter(delayMs, state.random), state, policy) };
}

function waitOrExpire(
  reason: WaitReason,
  delayMs: number,
  state: SendState,
  policy: SendPolicy,
): Verdict {
  if (isExpired(state, policy)) return giveUp(state, true);
  return { do: 'wait', delayMs: clampToExpiry(delayMs, state, policy), reason };
}

/**
 * How long the whole account has to wait after this outcome; null: not at all. Not clamped to the
 * expiry of the one message that met it, nor forgotten when that one is given up.
 */
export function accountThrottleMs(
  outcome: SendOutcome,
  state: Pick<SendState, 'streak' | 'random'>,
): number | null {
  return outcome.class === 'throttled' && outcome.scope === 'account'
    ? throttleMs(outcome, state)
    : null;
}

function throttleMs(
  { retryAfterMs = 0 }: Extract<SendOutcome, { class: 'throttled' }>,
  { streak, random }: Pick<SendState, 'streak' | 'random'>,
): number {
  // A platform that says "wait 0" again and again must not be called without a pause.
  if (retryAfterMs > 0) return retryAfterMs;
  return jitter(doubling(THROTTLED_FIRST_MS, THROTTLED_MAX_MS, streak), random);
}

/** A message that may have arrived is never called failed. */
function giveUp(state: SendState, deadLetter: boolean): Verdict {
  return state.hasUnknown
    ? { do: 'give_up', status: 'unconfirmed', deadLetter: true }
    : { do: 'give_up', status: 'failed', deadLetter };
}

function isExpired(state: SendState, policy: SendPolicy): boolean {
  return state.nowMs - state.headSinceMs >= policy.expiryMs;
}

/** No attempt is planned beyond the expiry, and the one due at the expiry is still made. */
function clampToExpiry(delayMs: number, state: SendState, policy: SendPolicy): number {
  return Math.max(0, Math.min(delayMs, state.headSinceMs + policy.expiryMs - state.nowMs));
}

function doubling(firstMs: number, maxMs: number, streak: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(streak - 1, 20));
}
