import { jitter } from './jitter.ts';

/** The figures of the way to the CRM, in milliseconds. */
export type WebhookPolicy = {
  /** Waits after the first, second, … attempt; the last one repeats. */
  retryDelaysMs: readonly number[];
  /** From an event's own first attempt until it is given up. */
  limitMs: number;
};

export type WebhookState = {
  nowMs: number;
  firstAttemptAtMs: number;
  /** Attempts made, the one just made included. */
  attempts: number;
  random: number;
};

export type WebhookVerdict =
  | { do: 'delivered' }
  | { do: 'retry'; delayMs: number }
  | { do: 'dead_letter'; reason: 'rejected' | 'unauthorized' | 'expired' | 'unavailable' }
  /** The endpoint is gone (410): the event stays, the endpoint stops. */
  | { do: 'disable_endpoint' };

/** How many attempts an answer that will hardly change is worth. */
const QUICK_ATTEMPTS = 5;
/** 4xx answers that speak of the CRM's state, not of the event. */
const UNAVAILABLE_4XX = new Set([403, 404, 408, 429]);

/** What follows from the CRM's answer to an attempt; `statusCode` null means that none came. */
export function judgeAnswer(
  answer: { statusCode: number | null; retryAfterMs: number | null },
  state: WebhookState,
  policy: WebhookPolicy,
): WebhookVerdict {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return { do: 'delivered' };
  if (status === 401) return { do: 'dead_letter', reason: 'unauthorized' };
  if (status === 410) return { do: 'disable_endpoint' };
  if (!isUnavailable(answer.statusCode) && state.attempts >= QUICK_ATTEMPTS)
    return { do: 'dead_letter', reason: 'rejected' };
  return retryUntilLimit(answer.retryAfterMs, state, policy);
}

/** Whether the answer, or that there was none, says that the CRM is not there at the moment. */
export function isUnavailable(statusCode: number | null): boolean {
  if (statusCode === null || UNAVAILABLE_4XX.has(statusCode)) return true;
  return statusCode < 200 || (statusCode >= 300 && statusCode < 400) || statusCode >= 500;
}

/** What a replay's one attempt came to: delivered, or back among the dead letters. */
export function judgeReplay(statusCode: number | null): WebhookVerdict {
  if (statusCode !== null && statusCode >= 200 && statusCode < 300) return { do: 'delivered' };
  if (statusCode === 401) return { do: 'dead_letter', reason: 'unauthorized' };
  return {
    do: 'dead_letter',
    reason: isUnavailable(statusCode) || statusCode === 410 ? 'unavailable' : 'rejected',
  };
}

function retryUntilLimit(
  retryAfterMs: number | null,
  state: WebhookState,
  policy: WebhookPolicy,
): WebhookVerdict {
  const remainingMs = state.firstAttemptAtMs + policy.limitMs - state.nowMs;
  if (remainingMs <= 0) return { do: 'dead_letter', reason: 'expired' };
  const delays = policy.retryDelaysMs;
  const rung = delays[Math.min(state.attempts, delays.length) - 1] ?? 0;
  const delayMs = Math.max(jitter(rung, state.random), retryAfterMs ?? 0);
  return { do: 'retry', delayMs: Math.min(delayMs, remainingMs) };
}
