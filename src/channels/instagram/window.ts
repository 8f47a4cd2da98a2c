import type { AnswerWindow } from '../../domain/answer-window.ts';

const DAY_MS = 86_400_000;

/** Meta's window for answers, and the longer one in which a person may still answer. */
export function windowOf(humanAgent: boolean): AnswerWindow {
  return humanAgent
    ? { freeMs: DAY_MS, afterwards: 'human_agent', humanAgentMs: 7 * DAY_MS }
    : { freeMs: DAY_MS, afterwards: 'nothing' };
}

/**
 * Whether an answer has to say that a person gives it. A customer of whom nothing is known here may
 * have written before the account was connected: their message goes untagged, and Meta decides.
 */
export function needsHumanAgentTag(customerWroteAt: number | null, nowMs: number): boolean {
  return customerWroteAt !== null && nowMs - customerWroteAt >= DAY_MS;
}
