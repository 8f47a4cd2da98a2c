import {
  ActivityFailure,
  continueAsNew,
  executeChild,
  proxyActivities,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import {
  channelQueue,
  checkChannelWorkflowId,
  ROUTER_QUEUE,
  type CheckChannelInput,
} from './contract.ts';

/** So many accounts of a channel are asked about at the same time. */
const AT_ONCE = 5;

const { listCheckedChannels, listCheckedAccounts } = proxyActivities<
  Pick<Activities, 'listCheckedChannels' | 'listCheckedAccounts'>
>({
  taskQueue: ROUTER_QUEUE,
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  summary: 'look which accounts there are',
});

/** Looks at every account, each channel by itself: what one of them waits for holds up no other. */
export async function checkAccounts(): Promise<void> {
  const channels = await listCheckedChannels();
  // One that failed, or goes on since the run before, must not end the others with this run.
  await Promise.allSettled(
    channels.map((channel) =>
      executeChild(checkChannelAccounts, {
        workflowId: checkChannelWorkflowId(channel),
        args: [{ channel, after: null }],
        staticSummary: `Check the accounts on ${channel}`,
      }),
    ),
  );
}

/** Looks at a channel's accounts, page by page. */
export async function checkChannelAccounts(input: CheckChannelInput): Promise<void> {
  const { channel } = input;
  for (let { after } = input; ;) {
    const page = await listCheckedAccounts({ channel, after });
    for (let at = 0; at < page.accountIds.length; at += AT_ONCE) {
      const isThere = await checkSome(channel, page.accountIds.slice(at, at + AT_ONCE));
      // Nobody works for this channel: the rest would wait as long, one after another.
      if (!isThere) return;
    }
    const last = page.accountIds.at(-1);
    if (!page.more || last === undefined) return;
    after = last;
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof checkChannelAccounts>({ channel, after });
  }
}

/** False when no worker of the channel has taken up one of them in time. */
async function checkSome(channel: string, accountIds: string[]): Promise<boolean> {
  const { checkAccount } = proxyActivities<Pick<Activities, 'checkAccount'>>({
    taskQueue: channelQueue(channel),
    scheduleToStartTimeout: '2 minutes',
    startToCloseTimeout: '45 seconds',
    retry: { initialInterval: '10 seconds', maximumAttempts: 3 },
    summary: `check an account on ${channel}`,
  });
  const results = await Promise.allSettled(
    accountIds.map((accountId) => checkAccount({ accountId })),
  );
  // One that failed is looked at again at the next run; its row says when it was checked last.
  return !results.some((each) => each.status === 'rejected' && isUnstarted(each.reason));
}

function isUnstarted(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}
