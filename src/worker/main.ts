import { parseArgs } from 'node:util';
import { loadConfigOrExit } from '../config.ts';
import { createReconciler } from '../dispatcher/reconciler.ts';
import type { Repeater } from '../dispatcher/repeater.ts';
import { createParkedSweep } from '../dispatcher/sweeps.ts';
import { openParts, type Parts } from '../parts.ts';
import { closeOnSignal, startOrExit } from '../shutdown.ts';
import { createWorkerActivities } from './activities.ts';
import { type Connectors, connectorsOf } from './connectors.ts';
import { startHealthServer } from './health.ts';
import { createWorkerHeartbeat } from './heartbeat.ts';
import { installRuntime } from './runtime.ts';
import { createWorkerGroup } from './worker-group.ts';

export type RunningWorker = {
  /** Whether all of its Temporal workers poll. */
  isPolling(): boolean;
  close(): Promise<void>;
};

/**
 * The Temporal workers of one process, over parts that are open already; `close` leaves them open.
 * With `channels` it runs those connectors alone, with `except` everything but these.
 */
export async function startWorker(parts: Parts, options: Connectors = {}): Promise<RunningWorker> {
  installRuntime(parts.logger);
  const served = {
    channels:
      options.channels ?? parts.channels.names().filter((name) => !options.except?.includes(name)),
    connectorsOnly: options.channels !== undefined,
  };
  const { config, logger } = parts;
  const group = createWorkerGroup({
    config,
    logger,
    activities: createWorkerActivities(parts),
    ...served,
  });
  group.start();
  const heartbeat = createWorkerHeartbeat({
    heartbeats: parts.stores.heartbeats,
    logger,
    isPolling: () => group.isPolling(),
    ...served,
  });
  const chores = startChores(parts, heartbeat);
  return {
    isPolling: () => group.isPolling(),
    async close() {
      await Promise.all(chores.map((chore) => chore.stop()));
      await group.close();
    },
  };
}

/** What is done again and again beside the workflows. */
function startChores(parts: Parts, heartbeat: Repeater): Repeater[] {
  const { stores, temporal, dispatcher, logger } = parts;
  const kick = () => dispatcher.kick();
  const reconciler = createReconciler({ reconcile: stores.reconcile, temporal, logger, kick });
  parts.onTemporalReachable(() => reconciler.startOver());
  const chores = [
    reconciler,
    heartbeat,
    createParkedSweep({ parked: stores.parked, logger, kick }),
  ];
  for (const chore of chores) chore.start();
  return chores;
}

/** Nobody waits for its answers; shorter than an activity may take, so that its retry finds a free connection. */
const DATABASE_DEADLINE_MS = 20_000;

if (import.meta.main)
  await startOrExit(async () => {
    const { values } = parseArgs({
      options: { channels: { type: 'string' }, except: { type: 'string' } },
    });
    const parts = await openParts(loadConfigOrExit(), 'worker', {
      deadlineMs: DATABASE_DEADLINE_MS,
    });
    const worker = await startWorker(parts, connectorsOf(values, parts.channels.names()));
    const health = await startHealthServer(parts, worker);
    closeOnSignal(parts.logger, async () => {
      await health.close();
      await worker.close();
      await parts.close();
    });
  });
