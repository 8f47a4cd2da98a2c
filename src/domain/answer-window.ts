/** The time in which a customer who wrote may be answered freely. */
export type AnswerWindow = {
  /** Milliseconds from the customer's last message. */
  freeMs: number;
  /** What may still be sent when that is over: an approved template, a person's answer, nothing. */
  afterwards: 'template' | 'human_agent' | 'nothing';
  /** Milliseconds from the customer's last message in which a person may answer. */
  humanAgentMs?: number;
};

/** How a conversation stands towards its platform's window. Times are milliseconds since 1970. */
export type WindowState =
  /** The platform has none. */
  | { state: 'always'; until: null }
  | { state: 'open'; until: number }
  /** A person may still answer; the message is marked so. */
  | { state: 'human_agent'; until: number }
  /** Over, or never begun: nothing of the customer has come to us. */
  | { state: 'template_only' | 'closed'; until: number | null };

/** What may be sent at `nowMs` to a customer who last wrote at `customerWroteAt`; null: never. */
export function windowState(
  window: AnswerWindow | null,
  customerWroteAt: number | null,
  nowMs: number,
): WindowState {
  if (window === null) return { state: 'always', until: null };
  const over = window.afterwards === 'template' ? 'template_only' : 'closed';
  if (customerWroteAt === null) return { state: over, until: null };
  const until = customerWroteAt + window.freeMs;
  if (nowMs < until) return { state: 'open', until };
  const last = customerWroteAt + (window.humanAgentMs ?? 0);
  if (nowMs < last) return { state: 'human_agent', until: last };
  return { state: over, until };
}

/** Whether the platform takes this kind of content then. A template needs no window at all. */
export function isTaken(state: WindowState, contentType: string): boolean {
  if (state.state === 'closed') return false;
  return state.state !== 'template_only' || contentType === 'template';
}
