import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { loadConfigOrExit } from '../config.ts';
import { createParkedSweep, createReconciler } from '../dispatcher/reconciler.ts';
import { createRepeater } from '../dispatcher/repeater.ts';
import { errorClass } from '../logger.ts';
import { openParts, type Parts } from '../parts.ts';
import { closeOnSignal, startOrExit } from '../shutdown.ts';
import { createWorkerActivities } from './activities.ts';
import { type Connectors, connectorsOf } from './connectors.ts';
import { startHealthServer } from './health.ts';
import { installRuntime } from './runtime.ts';
import { createWorkerGroup, type WorkerGroup } from './worker-group.ts';

export type RunningWorker = {
  /** Whether all of its Temporal workers poll. */
  isPolling(): boolean;
  close(): Promise<void>;
};

const HEARTBEAT_MS = 5_000;

/**
 * The Temporal workers of one process, over parts that are open already; `close` leaves them open.
 * With `channels` it runs those connectors alone, with `except` everything but these.
 */
export async function startWorker(parts: Parts, options: Connectors = {}): Promise<RunningWorker> {
  installRuntime(parts.logger);
  const group = createWorkerGroup({
    config: parts.config,
    logger: parts.logger,
    activities: createWorkerActivities(parts),
    channels:
      options.channels ?? parts.channels.names().filter((name) => !options.except?.includes(name)),
    connectorsOnly: options.channels !== undefined,
  });
  group.start();
  const chores = startChores(parts, group);
  return {
    isPolling: () => group.isPolling(),
    async close() {
      await Promise.all(chores.map((chore) => chore.stop()));
      await group.close();
    },
  };
}

/** What is done again and again beside the workflows. */
function startChores(parts: Parts, group: WorkerGroup) {
  const { stores, temporal, dispatcher, logger } = parts;
  const kick = () => dispatcher.kick();
  const reconciler = createReconciler({ reconcile: stores.reconcile, temporal, logger, kick });
  parts.onTemporalReachable(() => reconciler.runNow());
  const name = `worker:${randomUUID()}`;
  const heartbeat = createRepeater(HEARTBEAT_MS, async () => {
    if (!group.isPolling()) return;
    await stores.heartbeats
      .beat(name)
      .catch((error) => logger.warn('no heartbeat could be written', errorClass(error)));
  });
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
