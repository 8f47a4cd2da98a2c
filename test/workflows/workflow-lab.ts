import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/activities/index.ts';
import {
  channelQueue,
  CRM_QUEUE,
  MIRROR_QUEUE,
  ROUTER_QUEUE,
} from '../../src/workflows/contract.ts';
import { registerSearchAttributes } from '../../src/worker/search-attributes.ts';
import { until } from '../sandbox/http.ts';
import { timeSkippingServerPath, workflowBundlePath } from '../support/temporal.ts';

/** The workflows on a server whose clock jumps, with activities that a test replaces. */
export type Lab = {
  client: TestWorkflowEnvironment['client'];
  /** Replaced by each test; one that is missing must not be called. */
  activities: Partial<Activities>;
  /** Milliseconds since 1970, by the server's clock. */
  now(): Promise<number>;
  /** Lets the server's clock run on, and with it all timers. */
  passTime(ms: number): Promise<void>;
  close(): Promise<void>;
};

type ActivityName = keyof Activities;

/** One server and all queues for a test file; its clock is one for all, so tests run in a row. */
export async function openLab(): Promise<Lab> {
  // The test server is older than what the SDK would like to have, and the SDK says so often.
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await timeSkippingServerPath() } },
  });
  const lab: Lab = {
    client: env.client,
    activities: {},
    now: () => env.currentTimeMs(),
    passTime: (ms) => env.sleep(ms),
    async close() {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
      await env.teardown();
    },
  };
  const pass = (name: ActivityName) => async (input: never) => {
    const fake = lab.activities[name] as ((input: never) => Promise<unknown>) | undefined;
    if (!fake) throw new Error(`the test has no activity ${name}`);
    return fake(input);
  };
  const only = (...names: ActivityName[]) =>
    Object.fromEntries(names.map((name) => [name, pass(name)]));
  const connection = env.nativeConnection;
  await registerSearchAttributes(connection, 'default');
  const codePath = await workflowBundlePath();
  const workers = [
    await Worker.create({
      connection,
      taskQueue: ROUTER_QUEUE,
      workflowBundle: { codePath },
      activities: only(
        'recordOutcome',
        'lookAtDeadLetter',
        'replayDeadLetter',
        'discardDeadLetter',
        'expireDeadLetter',
        'replayBatch',
        'listCheckedChannels',
        'listCheckedAccounts',
      ),
    }),
    await Worker.create({
      connection,
      taskQueue: CRM_QUEUE,
      activities: only('deliverEvents'),
    }),
    await Worker.create({ connection, taskQueue: MIRROR_QUEUE, activities: only('mirrorBatch') }),
    await Worker.create({
      connection,
      taskQueue: channelQueue('instagram'),
      activities: only('sendMessage', 'fetchProfile', 'checkAccount'),
    }),
    await Worker.create({
      connection,
      taskQueue: channelQueue('telegram'),
      activities: only('checkAccount'),
    }),
  ];
  const runs = workers.map((worker) => worker.run());
  return lab;
}

/** What the history says, in words: `timer "wait: throttled"`, `local activity look "…"`. */
export async function storyOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => {
    const summary = textOf(event.userMetadata?.summary?.data);
    const timer = event.timerStartedEventAttributes;
    const activity = event.activityTaskScheduledEventAttributes;
    const local = event.markerRecordedEventAttributes?.details?.['data']?.payloads?.[0]?.data;
    const type = /"activity_type":"(\w+)"/.exec(textOf(local))?.[1];
    if (timer) return `timer ${Number(timer.startToFireTimeout?.seconds ?? 0)} s ${summary}`;
    if (activity) return `activity ${activity.activityType?.name} ${summary}`;
    if (type) return `local activity ${type} ${summary}`;
    return [];
  });
}

function textOf(data: Uint8Array | null | undefined): string {
  return data ? Buffer.from(data).toString('utf8') : '(no summary)';
}

/** Waits until the history of the run has an event of this kind. */
export async function untilHistoryHas(
  handle: WorkflowHandle,
  kind: 'timerStartedEventAttributes' | 'activityTaskScheduledEventAttributes',
): Promise<void> {
  await until(
    `the history has ${kind}`,
    async () => {
      const { events } = await handle.fetchHistory();
      return (events ?? []).some((event) => Boolean(event[kind]));
    },
    20_000,
  );
}
