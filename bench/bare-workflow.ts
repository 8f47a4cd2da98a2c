import { proxyActivities } from '@temporalio/workflow';
import type { nothing } from './bare-process.ts';

/**
 * The least that a Temporal application can do for a message: one workflow, one empty activity, on
 * the workflows' own task queue or on another one.
 */
export async function bare(index: number, activityQueue: string): Promise<void> {
  const activities = proxyActivities<{ nothing: typeof nothing }>({
    taskQueue: activityQueue,
    startToCloseTimeout: '15 seconds',
  });
  await activities.nothing(index);
}
