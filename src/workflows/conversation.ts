import {
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import {
  channelQueue,
  CRM_QUEUE,
  eventsReadySignal,
  wakeSignal,
  type ConversationInput,
} from './contract.ts';
import { wait } from './wait.ts';

const { deliverEvents } = proxyActivities<Pick<Activities, 'deliverEvents'>>({
  taskQueue: CRM_QUEUE,
  startToCloseTimeout: '90 seconds',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
  summary: 'deliver events to the CRM',
});

/**
 * Delivers a conversation's events to the CRM, one after another. PostgreSQL says what is next,
 * this workflow says when; it ends when nothing is left, so that a quiet conversation costs nothing.
 */
export async function conversation(input: ConversationInput): Promise<void> {
  let ready = false;
  let woken = false;
  setHandler(eventsReadySignal, () => void (ready = true));
  setHandler(wakeSignal, () => void (woken = true));
  let profileAsked = false;

  for (;;) {
    ready = false;
    woken = false;
    const step = await deliverEvents({ laneId: input.laneId, profileAsked });
    switch (step.do) {
      case 'end':
        if (step.lingerMs > 0)
          await condition(() => ready || woken, step.lingerMs, {
            summary: 'linger: for more events',
          });
        if (!ready && !woken) return;
        break;
      case 'more':
        break;
      case 'busy':
        await sleep('1 second', { summary: 'wait: the CRM has all the requests it may have' });
        break;
      case 'fetch_profile':
        await fetchProfile(step.channel, input.laneId);
        profileAsked = true;
        break;
      case 'wait':
        // New events do not shorten a wait: they stand behind the one that waits.
        await wait(step, () => woken);
        break;
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof conversation>(input);
  }
}

/** A name is worth two seconds, not the message: what goes wrong here is only a missing name. */
async function fetchProfile(channel: string, conversationId: string): Promise<void> {
  const activities = proxyActivities<Pick<Activities, 'fetchProfile'>>({
    taskQueue: channelQueue(channel),
    scheduleToCloseTimeout: '2 seconds',
    retry: { maximumAttempts: 1 },
    summary: `look up the customer's name on ${channel}`,
  });
  await activities.fetchProfile({ conversationId }).catch(() => undefined);
}
