import type { DeadLetterStore, DeadLetterTicket } from '../database/dead-letter-store.ts';
import type { AskedBy } from '../domain/dead-letter.ts';
import type { Logger } from '../logger.ts';

export type DeadLetterDeps = { deadLetters: DeadLetterStore; logger: Logger };

/** A dead letter in classes and counts; a missing one counts as resolved. */
export type DeadLetterStep = DeadLetterTicket;

const GONE: DeadLetterStep = {
  state: 'resolved',
  attempts: 0,
  reason: 'gone',
  lastAttemptAt: null,
  lastStatusCode: null,
  expiresInMs: 0,
  asked: null,
};

/** `by` is missing where a run of a version before asks. */
type Input = { deadLetterId: string; by?: AskedBy };

/** What can be done with a dead letter, each by the word that the operator's signal uses. */
export function createDeadLetterActivities({ deadLetters, logger }: DeadLetterDeps) {
  const note = (message: string, { deadLetterId }: Input) =>
    logger.info(message, { dead_letter_id: deadLetterId });
  return {
    async lookAtDeadLetter({ deadLetterId }: Input): Promise<DeadLetterStep> {
      return (await deadLetters.look(deadLetterId)) ?? GONE;
    },
    async replayDeadLetter(input: Input): Promise<void> {
      if (await deadLetters.replay(input.deadLetterId, undefined, input.by))
        note('dead letter is replayed', input);
    },
    async discardDeadLetter(input: Input): Promise<void> {
      if (await deadLetters.discard(input.deadLetterId, input.by))
        note('dead letter is discarded', input);
    },
    async expireDeadLetter(input: Input): Promise<void> {
      if (await deadLetters.expire(input.deadLetterId)) note('dead letter has expired', input);
    },
  };
}
