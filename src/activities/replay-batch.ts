import { setTimeout as pause } from 'node:timers/promises';
import type { BulkReplayState, BulkReplayStore } from '../database/bulk-replay-store.ts';
import type { DeadLetterStore } from '../database/dead-letter-store.ts';
import type { Logger } from '../logger.ts';

export type ReplayBatchDeps = {
  bulkReplays: BulkReplayStore;
  deadLetters: Pick<DeadLetterStore, 'replay'>;
  /** So that the lanes hear of it at once. */
  kick(): void;
  /** Other than a pause, for tests. */
  pause?: (ms: number) => Promise<unknown>;
  logger: Logger;
};

export type ReplayBatchStep = {
  state: BulkReplayState;
  total: number;
  replayed: number;
  skipped: number;
  /** When the next batch may begin, ms; a batch takes its time itself. */
  nextInMs: number;
};

/** A batch takes so long: one a second would fill the history. */
const BATCH_SECONDS = 5;

/**
 * Replays the next few dead letters of a bulk replay, evenly over the time that they may take. A
 * batch that was cut short is found again: what it has replayed is counted and no longer open.
 */
export function createReplayBatch(deps: ReplayBatchDeps) {
  const { bulkReplays, deadLetters, logger, pause: wait = pause } = deps;

  return async function replayBatch(input: { bulkReplayId: string }): Promise<ReplayBatchStep> {
    const { bulkReplayId: id } = input;
    const rate = (await bulkReplays.find(id))?.ratePerSecond ?? 1;
    const limit = Math.max(1, rate * BATCH_SECONDS);
    const next = await bulkReplays.findNext(id, limit);
    if (!next) return { state: 'done', total: 0, replayed: 0, skipped: 0, nextInMs: 0 };
    const { letters } = next;
    let skipped = 0;
    let due = performance.now();
    for (const letter of letters) {
      if (!(await deadLetters.replay(letter.id, id))) skipped += 1;
      deps.kick();
      due += 1000 / rate;
      // All at once they would stand in the way of everything else for a while.
      await wait(Math.max(0, due - performance.now()));
    }
    const last = next.view.state === 'running' && letters.length < limit;
    const view = await bulkReplays.advance(id, { skipped, cursor: letters.at(-1), last });
    logger.info('dead letters are replayed', {
      account_id: next.view.accountId,
      count: letters.length - skipped,
    });
    const { state, total, replayed } = view ?? next.view;
    return { state, total, replayed, skipped: view?.skipped ?? 0, nextInMs: 0 };
  };
}
