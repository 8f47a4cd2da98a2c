import type { SendOutcome } from '../domain/outcome.ts';
import type { KeyRing } from '../database/key-ring.ts';

/** Carries an outcome through Temporal: a platform's id may hold a phone number, so it is sealed. */
export type OutcomeSealer = {
  seal(attemptId: string, outcome: SendOutcome, durationMs: number): string;
  open(attemptId: string, sealed: string): { outcome: SendOutcome; durationMs: number };
};

export function createOutcomeSealer(keyRing: KeyRing): OutcomeSealer {
  const context = (attemptId: string) => `send_attempts|${attemptId}|outcome`;
  return {
    seal: (attemptId, outcome, durationMs) =>
      keyRing.seal(JSON.stringify({ outcome, durationMs }), context(attemptId)),
    open: (attemptId, sealed) =>
      JSON.parse(keyRing.open(sealed, context(attemptId))) as {
        outcome: SendOutcome;
        durationMs: number;
      },
  };
}
