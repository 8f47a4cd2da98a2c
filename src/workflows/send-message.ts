import { continueAsNew, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { channelQueue, ROUTER_QUEUE, wakeSignal, type SendMessageInput } from './contract.ts';
import { wait } from './wait.ts';

const { recordOutcome } = proxyActivities<Pick<Activities, 'recordOutcome'>>({
  taskQueue: ROUTER_QUEUE,
  startToCloseTimeout: '10 seconds',
  summary: 'record what the platform answered',
});

/**
 * Sends one message: try, up to three times; record; tell the CRM; or give up. The activity does
 * all of it from the rows and says what to wait for; this workflow does the waiting.
 */
export async function sendMessage(input: SendMessageInput): Promise<string> {
  let woken = false;
  setHandler(wakeSignal, () => void (woken = true));

  const channel = proxyActivities<Pick<Activities, 'sendMessage'>>({
    taskQueue: channelQueue(input.channel),
    // Longer than the lease of an attempt, so that no second worker calls while a first one may.
    startToCloseTimeout: '15 seconds',
    retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
    summary: `send by ${input.channel}`,
  });

  for (;;) {
    woken = false;
    const step = await channel.sendMessage(input);
    switch (step.do) {
      case 'done':
        return step.status;
      case 'next':
        break;
      case 'record':
        await recordOutcome({ attemptId: step.attemptId, sealed: step.sealed });
        break;
      case 'wait':
        await wait(step, () => woken);
        break;
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof sendMessage>(input);
  }
}
