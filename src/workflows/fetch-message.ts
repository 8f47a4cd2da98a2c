import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { channelQueue, type FetchMessageInput } from './contract.ts';

/**
 * Asks a platform for a message that it announced without saying what it is. The activity stores
 * what comes of it, also that nothing did; a platform that is away is asked again until it is back.
 */
export async function fetchMessage({ fetchId, channel }: FetchMessageInput): Promise<void> {
  const activities = proxyActivities<Pick<Activities, 'fetchMessage'>>({
    taskQueue: channelQueue(channel),
    startToCloseTimeout: '20 seconds',
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
    summary: `fetch a message from ${channel}`,
  });
  await activities.fetchMessage({ fetchId });
}
