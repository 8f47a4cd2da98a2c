import type { ProbeStore } from '../database/delivering/endpoint-breaker.ts';
import type { ParkedStore } from '../database/parked-store.ts';
import type { ReconcileStore } from '../database/reconcile-store.ts';
import { errorClass, type Logger } from '../logger.ts';
import { createRepeater, type Repeater } from './repeater.ts';
import type { TemporalGateway } from './temporal-gateway.ts';

export type ReconcilerDeps = {
  reconcile: ReconcileStore;
  temporal: Pick<TemporalGateway, 'isRunning'>;
  logger: Logger;
  kick(): void;
  everyMs?: number;
};

const LIMIT = 500;

/**
 * Asks Temporal for what should be running and is not, so that a workflow that somebody terminated,
 * or a lost Temporal database, strands nothing. PostgreSQL says what should run.
 */
export function createReconciler(deps: ReconcilerDeps): Repeater {
  const { reconcile, temporal, logger } = deps;
  const everyMs = deps.everyMs ?? 60_000;

  return createRepeater(everyMs, async () => {
    try {
      let revived = await reconcile.advanceStuckLanes();
      for (const expected of await reconcile.findExpected(everyMs, LIMIT))
        if (!(await temporal.isRunning(expected)) && (await reconcile.revive(expected)))
          revived += 1;
      if (revived > 0) {
        logger.warn('workflows were missing and are started again', { count: revived });
        deps.kick();
      }
    } catch (error) {
      logger.warn('reconciling was cut short', errorClass(error));
    }
  });
}

/** Applies statuses and echoes that came before the message they speak of was known. */
export function createParkedSweep(deps: {
  parked: ParkedStore;
  logger: Logger;
  kick(): void;
  everyMs?: number;
}): Repeater {
  return createRepeater(deps.everyMs ?? 5_000, async () => {
    try {
      if ((await deps.parked.sweep(100)) > 0) deps.kick();
    } catch (error) {
      deps.logger.warn('parked events could not be swept', errorClass(error));
    }
  });
}

/** Finds out whether an endpoint that is down has come back, one attempt at a time. */
export function createProbeSweep(deps: {
  probes: ProbeStore;
  logger: Logger;
  kick(): void;
  everyMs?: number;
}): Repeater {
  return createRepeater(deps.everyMs ?? 1_000, async () => {
    try {
      if ((await deps.probes.offerProbes()) > 0) deps.kick();
    } catch (error) {
      deps.logger.warn('probes could not be offered', errorClass(error));
    }
  });
}
