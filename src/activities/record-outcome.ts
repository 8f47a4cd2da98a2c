import type { SendStore } from '../database/send-store.ts';
import type { OutcomeSealer } from './outcome-sealer.ts';

export type RecordOutcomeDeps = { sends: SendStore; sealer: OutcomeSealer; kick(): void };

/** Records an outcome that PostgreSQL could not take when it came. Any number of times. */
export function createRecordOutcome({ sends, sealer, kick }: RecordOutcomeDeps) {
  return async function recordOutcome(input: { attemptId: string; sealed: string }): Promise<void> {
    await sends.record({
      attemptId: input.attemptId,
      ...sealer.open(input.attemptId, input.sealed),
    });
    kick();
  };
}
