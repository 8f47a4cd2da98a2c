const REASONS: Record<string, string> = {
  retry: 'it failed for now and is tried again',
  throttled: 'the platform asked for a pause',
  account_paused: 'the account needs a new token',
  account_disabled: 'the account is switched off',
  account_refusal: 'the platform refuses the account; others are tried first',
  unavailable: 'the platform cannot be reached',
  awaiting_evidence: 'it may have gone out already; proof is awaited',
  held: 'somebody has to decide what becomes of it',
  behind_another: 'the message in front of it is not settled yet',
  not_started: 'the router has not looked at it yet',
};

/** Why a message waits, and until when: `delay` of `message.delayed` in words. */
export function delayOf({ delay }: Record<string, unknown>): string {
  const { reason, next_attempt_at: next } = (delay ?? {}) as Record<string, unknown>;
  const known = typeof reason === 'string' && Object.hasOwn(REASONS, reason);
  const words = known ? REASONS[reason] : reason;
  const why = typeof words === 'string' && words !== '' ? words : 'the router does not say why';
  const at = typeof next === 'string' ? Date.parse(next) : NaN;
  return Number.isNaN(at) ? `${why}.` : `${why}. Next try at ${timeOf(at)}.`;
}

function timeOf(at: number): string {
  return new Date(at).toTimeString().slice(0, 5);
}
