import { setTimeout as pause } from 'node:timers/promises';
import { EXPECTED_KINDS, type ExpectedKind, type Found } from '../database/reconciling/expected.ts';
import type { ReconcileStore } from '../database/reconcile-store.ts';
import type { RunTrouble, TroubledRun } from '../database/reconciling/troubles.ts';
import { errorClass, type Logger } from '../logger.ts';
import { createRepeater, type Repeater } from './repeater.ts';
import type { TemporalGateway } from './temporal-gateway.ts';

export type ReconcilerDeps = {
  reconcile: ReconcileStore;
  temporal: Pick<TemporalGateway, 'findMissing' | 'findTroubled'>;
  logger: Logger;
  kick(): void;
  everyMs?: number;
};

export type Reconciler = Repeater & {
  /** Goes through everything anew, at once: Temporal was away, and may have lost something. */
  startOver(): void;
};

/**
 * A pass of each kind begins ten seconds after the last one has ended, and asks about what is ten
 * seconds old: what is missing is started again within half a minute, and with a hundred thousand
 * that wait rightly within a minute (docs/operations.md).
 */
const PASS_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 5_000;
/** As many as Temporal lists at once without trouble; its servers allow ten such lists a second. */
const PAGE = 500;
const PAGE_EVERY_MS = 125;

/**
 * Asks Temporal for what should be running and is not, so that a workflow that somebody terminated,
 * or a lost Temporal database, strands nothing. PostgreSQL says what should run; everything has its
 * turn, whatever stands before it.
 */
export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const { reconcile, temporal, logger } = deps;
  const everyMs = deps.everyMs ?? PASS_EVERY_MS;
  let stopped = false;
  let startsOver = false;

  const repeater = createRepeater(deps.everyMs ?? LOOK_EVERY_MS, async () => {
    try {
      if (startsOver) await reconcile.hasten();
      startsOver = false;
      const revived = await goThrough();
      if (revived > 0) {
        logger.warn('workflows were missing and are started again', { count: revived });
        deps.kick();
      }
      await lookForTroubles();
    } catch (error) {
      logger.warn('reconciling was cut short', errorClass(error));
    }
  });

  /** A page of each kind in turn, until every pass is at its end. */
  async function goThrough(): Promise<number> {
    let revived = 0;
    let failure: unknown;
    for (let kinds: ExpectedKind[] = [...EXPECTED_KINDS]; kinds.length > 0 && !stopped;) {
      const unfinished: ExpectedKind[] = [];
      for (const kind of kinds) {
        const begun = performance.now();
        try {
          const options = { olderThanMs: everyMs, everyMs, limit: PAGE };
          const page = await reconcile.takePage(kind, options);
          if (page === null) continue;
          revived += await dealWith(page);
          unfinished.push(kind);
          if (page.length > 0) await pause(PAGE_EVERY_MS - (performance.now() - begun));
        } catch (error) {
          // What fails with one kind must not keep the others from their turn.
          failure ??= error;
        }
      }
      kinds = unfinished;
    }
    if (failure !== undefined) logger.warn('reconciling was cut short', errorClass(failure));
    return revived;
  }

  async function dealWith(page: Found[]): Promise<number> {
    const unsure = page.flatMap((each) => (each.stands ? [] : [each.expected]));
    const missing = unsure.length === 0 ? [] : await temporal.findMissing(unsure);
    const standing = page.flatMap((each) => (each.stands ? [each.expected] : []));
    let revived = 0;
    for (const each of [...standing, ...missing])
      try {
        if (await reconcile.revive(each)) revived += 1;
      } catch (error) {
        // One that cannot be helped must not stand before all others.
        logger.warn('a workflow could not be started again', errorClass(error));
      }
    return revived;
  }

  async function lookForTroubles(): Promise<void> {
    if (!(await reconcile.takeTurn('troubles', everyMs))) return;
    const known = await reconcile.listTroubled('workflow_stuck');
    const { stuck, paused } = await temporal.findTroubled(known);
    await note('workflow_stuck', stuck, known);
    await note('workflow_paused', paused, await reconcile.listTroubled('workflow_paused'));
  }

  async function note(cause: RunTrouble, runs: TroubledRun[], known: string[]): Promise<void> {
    await reconcile.noteTroubles(cause, runs);
    for (const { workflowId } of runs)
      if (!known.includes(workflowId)) logger.warn(WORDS[cause], { workflow_id: workflowId });
  }

  return {
    ...repeater,
    startOver() {
      startsOver = true;
      repeater.runNow();
    },
    async stop() {
      stopped = true;
      await repeater.stop();
    },
  };
}

const WORDS: Record<RunTrouble, string> = {
  workflow_stuck: 'the tasks of a run keep failing',
  workflow_paused: 'a run is paused by an operator',
};
