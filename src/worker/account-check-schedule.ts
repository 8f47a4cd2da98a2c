import {
  Client,
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type ScheduleOptions,
} from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Config } from '../config.ts';
import {
  CHECK_ACCOUNTS_SCHEDULE,
  checkAccountsWorkflowId,
  ROUTER_QUEUE,
} from '../workflows/contract.ts';

/** Routers that were set up alike must not all ask the platforms in the same second. */
const LONGEST_JITTER_MS = 600_000;

/**
 * Has Temporal start the check of all accounts every `ACCOUNT_CHECK_INTERVAL`. May run any number of
 * times; a schedule that an operator has paused stays paused.
 */
export async function ensureAccountChecks(
  connection: NativeConnection,
  config: Pick<Config, 'TEMPORAL_NAMESPACE' | 'ACCOUNT_CHECK_INTERVAL'>,
): Promise<void> {
  const { schedule } = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
  const everyMs = config.ACCOUNT_CHECK_INTERVAL;
  const wanted = {
    spec: {
      intervals: [{ every: everyMs }],
      jitter: Math.min(LONGEST_JITTER_MS, Math.floor(everyMs / 10)),
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'checkAccounts',
      workflowId: checkAccountsWorkflowId,
      taskQueue: ROUTER_QUEUE,
      args: [],
      staticSummary: 'Check every account with its platform',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: everyMs },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  try {
    await schedule.create({ scheduleId: CHECK_ACCOUNTS_SCHEDULE, ...wanted });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await schedule.getHandle(CHECK_ACCOUNTS_SCHEDULE).update(({ state }) => ({ ...wanted, state }));
  }
}
