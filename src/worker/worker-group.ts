import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';
import type { Config } from '../config.ts';
import { errorClass, type Logger } from '../logger.ts';
import { temporalConnectionOptions } from '../temporal.ts';
import { channelQueue, CRM_QUEUE, MIRROR_QUEUE, ROUTER_QUEUE } from '../workflows/contract.ts';
import { ensureAccountChecks } from './account-check-schedule.ts';
import { safeFailures } from './safe-failures.ts';
import { registerSearchAttributes } from './search-attributes.ts';

/** The Temporal workers of a process: one for the workflows, one per kind of outside world. */
export type WorkerGroup = {
  /** Returns at once; connects, and connects again, until it is closed. */
  start(): void;
  isPolling(): boolean;
  close(): Promise<void>;
};

export type WorkerGroupDeps = {
  config: Config;
  logger: Logger;
  activities: Activities;
  channels: string[];
  /** Only the channels' own queues: a connector that is deployed alone. */
  connectorsOnly: boolean;
};

const LONGEST_PAUSE_MS = 10_000;

/**
 * The SDK does not connect again after its first connection failed, and a worker that failed
 * cannot be run twice: each round here makes new ones.
 */
export function createWorkerGroup(deps: WorkerGroupDeps): WorkerGroup {
  const { logger } = deps;
  let workers: Worker[] = [];
  let closed = false;
  let running: Promise<void> = Promise.resolve();
  const closing = new AbortController();

  async function runForEver(): Promise<void> {
    for (let failures = 0; !closed; failures += 1) {
      try {
        await runOnce(() => (failures = 0));
      } catch (error) {
        if (!closed) logger.error('the workers stopped and are started again', errorClass(error));
      }
      if (closed) return;
      const waitMs = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(failures, 5));
      await pause(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  async function runOnce(onPolling: () => void): Promise<void> {
    const connection = await NativeConnection.connect(temporalConnectionOptions(deps.config));
    try {
      await registerSearchAttributes(connection, deps.config.TEMPORAL_NAMESPACE);
      if (!deps.connectorsOnly) await ensureSchedule(connection);
      for (const options of workerOptions(deps))
        workers.push(await Worker.create({ ...options, connection }));
      if (closed) return;
      logger.info('workers are polling', { count: workers.length });
      const runs = workers.map((worker) => worker.run());
      onPolling();
      // One that ends takes the others with it: half a group would look healthy and not be.
      await Promise.race(runs);
      shutDown(workers);
      await Promise.allSettled(runs);
      await Promise.all(runs);
    } finally {
      workers = [];
      await connection.close().catch(() => undefined);
    }
  }

  /** What cannot be planned must not keep messages from being sent. */
  async function ensureSchedule(connection: NativeConnection): Promise<void> {
    await ensureAccountChecks(connection, deps.config).catch((error) =>
      logger.error('the check of the accounts could not be scheduled', errorClass(error)),
    );
  }

  return {
    start() {
      running = runForEver();
    },
    isPolling: () => workers.length > 0 && workers.every((each) => each.getState() === 'RUNNING'),
    async close() {
      closed = true;
      closing.abort();
      shutDown(workers);
      await running;
    },
  };
}

function shutDown(workers: Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}

/** Long enough for a platform's answer to be recorded, short enough for an orderly end in 20 s. */
const GRACE = { shutdownGraceTime: '11 seconds', shutdownForceTime: '13 seconds' } as const;
const POLLING = { type: 'autoscaling' } as const;

function workerOptions(deps: WorkerGroupDeps): WorkerOptions[] {
  const { activities, config } = deps;
  const {
    sendMessage,
    fetchMessage,
    fetchProfile,
    checkAccount,
    deliverEvents,
    mirrorBatch,
    ...onDatabase
  } = activities;
  const common = {
    namespace: config.TEMPORAL_NAMESPACE,
    interceptors: { activity: [safeFailures] },
    ...GRACE,
  };
  const connectors = deps.channels.map((channel) => ({
    ...common,
    taskQueue: channelQueue(channel),
    activities: { sendMessage, fetchMessage, fetchProfile, checkAccount },
    activityTaskPollerBehavior: POLLING,
  }));
  if (deps.connectorsOnly) return connectors;
  return [
    {
      ...common,
      ...workflowCode(config),
      taskQueue: ROUTER_QUEUE,
      activities: onDatabase,
      maxCachedWorkflows: 500,
      workflowTaskPollerBehavior: POLLING,
    },
    {
      ...common,
      taskQueue: CRM_QUEUE,
      activities: { deliverEvents },
      activityTaskPollerBehavior: POLLING,
    },
    { ...common, taskQueue: MIRROR_QUEUE, activities: { mirrorBatch } },
    ...connectors,
  ];
}

/** A bundle that was built beforehand saves two seconds and 200 MB at start. */
function workflowCode(config: Config): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  return config.WORKFLOW_BUNDLE
    ? { workflowBundle: { codePath: config.WORKFLOW_BUNDLE } }
    : { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) };
}
