import { setTimeout as pause } from 'node:timers/promises';
import type {
  BulkReplayState,
  BulkReplayStore,
  NextLetter,
} from '../database/bulk-replay-store.ts';
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
 * So much of the rate may be under way at a time. What happens now goes first: a message waits behind
 * these few at most, and where they take longer, because of a busy router or a slow CRM, the replay
 * becomes slower and not the messages.
 */
const UNDER_WAY_SECONDS = 0.25;
const LEAST_UNDER_WAY = 5;
/** How long, and how often, a batch looks whether earlier ones have come to an end. */
const ROOM_WAIT_MS = 100;
const ROOM_LOOKS = 250;
/** What waits for a platform or a CRM that is down may wait long: until then a look now and then. */
const STUCK_PAUSE_MS = 10_000;

/**
 * Replays the next few dead letters of a bulk replay, evenly over the time that they may take, and no
 * faster than they come to an end. A batch that was cut short is found again: what it has replayed
 * is counted and no longer open.
 */
export function createReplayBatch(deps: ReplayBatchDeps) {
  const { bulkReplays, deadLetters, logger, pause: wait = pause } = deps;

  return async function replayBatch(input: { bulkReplayId: string }): Promise<ReplayBatchStep> {
    const { bulkReplayId: id } = input;
    const rate = (await bulkReplays.find(id))?.ratePerSecond ?? 1;
    const limit = Math.max(1, rate * BATCH_SECONDS);
    const next = await bulkReplays.findNext(id, limit);
    if (!next) return { state: 'done', total: 0, replayed: 0, skipped: 0, nextInMs: 0 };
    const { done, skipped } = await replayEach(id, rate, next.letters);
    const whole = done.length === next.letters.length;
    const last = whole && next.view.state === 'running' && done.length < limit;
    const view = await bulkReplays.advance(id, { skipped, cursor: done.at(-1), last });
    logger.info('dead letters are replayed', {
      account_id: next.view.accountId,
      count: done.length - skipped,
    });
    const { state, total, replayed } = view ?? next.view;
    const isStuck = state === 'running' && done.length === 0;
    const nextInMs = isStuck ? STUCK_PAUSE_MS : 0;
    return { state, total, replayed, skipped: view?.skipped ?? 0, nextInMs };
  };

  async function replayEach(id: string, rate: number, letters: NextLetter[]) {
    const done: NextLetter[] = [];
    let skipped = 0;
    let due = performance.now();
    for (const letter of letters) {
      if (!(await hasRoom(id, rate))) break;
      if (!(await deadLetters.replay(letter.id, id))) skipped += 1;
      deps.kick();
      done.push(letter);
      due = Math.max(due, performance.now() - ROOM_WAIT_MS) + 1000 / rate;
      // All at once they would stand in the way of everything else for a while.
      await wait(Math.max(0, due - performance.now()));
    }
    return { done, skipped };
  }

  /** Waits for it for a while; false also when the replay was paused or cancelled meanwhile. */
  async function hasRoom(id: string, rate: number): Promise<boolean> {
    for (let look = 0; look < ROOM_LOOKS; look += 1) {
      const underWay = await bulkReplays.countUnderWay(id);
      if (underWay === null) return false;
      if (underWay < Math.max(LEAST_UNDER_WAY, rate * UNDER_WAY_SECONDS)) return true;
      await wait(ROOM_WAIT_MS);
    }
    return false;
  }
}
