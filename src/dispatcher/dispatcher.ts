import type { OutboxCall, OutboxResult, OutboxStore } from '../database/outbox-store.ts';
import { errorClass, type Logger } from '../logger.ts';
import type { TemporalGateway } from './temporal-gateway.ts';

/** Moves committed outbox rows into Temporal. */
export type Dispatcher = {
  start(): void;
  /** Says that something was committed: looks at once instead of at the next sweep. */
  kick(): void;
  /** Ends after the batch that is under way. */
  stop(): Promise<void>;
};

export type DispatcherDeps = {
  outbox: OutboxStore;
  temporal: Pick<TemporalGateway, 'deliver' | 'check'>;
  logger: Logger;
  /** Called once each time that Temporal answers again after it did not. */
  onReachable?: () => void;
  sweepMs?: number;
};

const BATCH = 50;
const LONGEST_PAUSE_MS = 5_000;
const WARN_AFTER = 5;

/** Kicked after each commit in this process; sweeps every second for what other ones left behind. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { outbox, temporal, logger } = deps;
  let stopped = false;
  let failures = 0;
  let kicked = false;
  let wake: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopped) {
      kicked = false;
      const claimed = await sweep();
      // Kicks during a sweep that failed must not turn the pause into a busy loop either.
      if (stopped || (failures === 0 && (claimed > 0 || kicked))) continue;
      await idle(failures === 0 ? (deps.sweepMs ?? 1_000) : pauseMs(failures));
    }
  }

  async function sweep(): Promise<number> {
    try {
      const claimed = await outbox.claim(BATCH, dispatch);
      if (failures > 0) {
        failures = 0;
        logger.info('the outbox is moving again');
        deps.onReachable?.();
      }
      return claimed;
    } catch (error) {
      failures += 1;
      if (failures === 1) logger.warn('the outbox is waiting', errorClass(error));
      return 0;
    }
  }

  /**
   * Throws when Temporal does not answer: the whole batch stays, and is claimed again later. Where it
   * answers others, what it says nothing to is put behind them: fifty such rows, first in every batch,
   * would let nothing else pass.
   */
  async function dispatch(calls: OutboxCall[]): Promise<Map<OutboxCall, OutboxResult>> {
    const results = new Map<OutboxCall, OutboxResult>();
    const settled = await Promise.allSettled(
      calls.map(async (call) => {
        results.set(call, await temporal.deliver(call));
      }),
    );
    const failed = settled.find((each) => each.status === 'rejected');
    if (failed && results.size === 0) await temporal.check();
    for (const call of calls) if (!results.has(call)) results.set(call, 'refused');
    for (const [call, result] of results)
      if (result === 'refused' && call.attempts >= WARN_AFTER)
        logger.warn('Temporal keeps refusing a call', { workflow_id: call.target });
    return results;
  }

  function idle(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    start() {
      running = run();
    },
    kick() {
      kicked = true;
      // While Temporal does not answer, kicks must not turn the pause into a busy loop.
      if (failures === 0) wake();
    },
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}

function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(failures - 1, 4));
}
