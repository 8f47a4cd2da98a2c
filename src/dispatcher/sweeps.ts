import type { ProbeStore } from '../database/delivering/endpoint-breaker.ts';
import type { ParkedStore } from '../database/parked-store.ts';
import { errorClass, type Logger } from '../logger.ts';
import { createRepeater, type Repeater } from './repeater.ts';

const PARKED_PAGE = 100;
const PARKED_SWEEP_MS = 3_000;

/** Applies statuses and echoes that came before the message they speak of was known. */
export function createParkedSweep(deps: {
  parked: ParkedStore;
  logger: Logger;
  kick(): void;
  everyMs?: number;
}): Repeater {
  return createRepeater(deps.everyMs ?? 5_000, async () => {
    const endsAt = performance.now() + PARKED_SWEEP_MS;
    try {
      // Many may stay as they are: those behind them must not wait for one sweep after another.
      for (let looked = PARKED_PAGE; looked === PARKED_PAGE && performance.now() < endsAt;) {
        looked = await deps.parked.sweep(PARKED_PAGE);
        if (looked > 0) deps.kick();
      }
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
