import type { BulkReplayState, BulkReplayStore } from '../database/bulk-replay-store.ts';
import type { DeadLetterStore } from '../database/dead-letter-store.ts';
import type { Logger } from '../logger.ts';

export type ReplayBatchDeps = {
  bulkReplays: BulkReplayStore;
  deadLetters: Pick<DeadLetterStore, 'replay'>;
  /** So that the lanes hear of it at once. */
  kick(): void;
  logger: Logger;
};

export type ReplayBatchStep = {
  state: BulkReplayState;
  total: number;
  replayed: number;
  skipped: number;
  /** When the next batch may begin, ms. */
  nextInMs: number;
};

/** So long a batch may take of the rate at once: a timer a second would fill the history. */
const BATCH_SECONDS = 5;

/** Replays the next few dead letters of a bulk replay. A batch
 * that was cut short is found again: what it has replayed is no longer open. */
export function createReplayBatch(deps: ReplayBatchDeps) {
  const { bulkReplays, deadLetters, logger } = deps;

  return async function replayBatch(input: { bulkReplayId: string }): Promise<ReplayBatchStep> {
    const view = await bulkReplays.find(input.bulkReplayId);
    const limit = Math.max(1, (view?.ratePerSecond ?? 1) * BATCH_SECONDS);
    const next = await bulkReplays.findNext(input.bulkReplayId, limit);
    if (!next) return { state: 'done', total: 0, replayed: 0, skipped: 0, nextInMs: 0 };
    const { letters } = next;
    let replayed = 0;
    for (const letter of letters) if (await deadLetters.replay(letter.id)) replayed += 1;
    const skipped = letters.length - replayed;
    const last = next.view.state === 'running' && letters.length < limit;
    const cursor = letters.at(-1);
    await bulkReplays.count(input.bulkReplayId, { replayed, skipped, cursor, last });
    deps.kick();
    logger.info('dead letters are replayed', {
      account_id: next.view.accountId,
      count: replayed,
    });
    return {
      state: last ? 'done' : next.view.state,
      total: next.view.total,
      replayed: next.view.replayed + replayed,
      skipped: next.view.skipped + skipped,
      nextInMs: (letters.length / next.view.ratePerSecond) * 1000,
    };
  };
}
