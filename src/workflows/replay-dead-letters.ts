import {
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { ROUTER_QUEUE, wakeSignal, type ReplayDeadLettersInput } from './contract.ts';

const { replayBatch } = proxyActivities<Pick<Activities, 'replayBatch'>>({
  taskQueue: ROUTER_QUEUE,
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  summary: 'replay as many as a few seconds may have',
});

/**
 * Replays the dead letters that a filter names, no faster than its rate. The row says how far it
 * is and whether it is paused or cancelled; a signal says that the row has changed.
 */
export async function replayDeadLetters(input: ReplayDeadLettersInput): Promise<string> {
  let woken = false;
  setHandler(wakeSignal, () => void (woken = true));
  for (;;) {
    woken = false;
    const step = await replayBatch(input);
    setCurrentDetails(
      `${step.state}: ${step.replayed} replayed, ${step.skipped} skipped of ${step.total}`,
    );
    if (step.state === 'paused')
      await condition(() => woken, '1 hour', { summary: 'paused: wait for resume or cancel' });
    else if (step.state !== 'running') return step.state;
    else await sleep(step.nextInMs, { summary: 'keep to the rate' });
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof replayDeadLetters>(input);
  }
}
