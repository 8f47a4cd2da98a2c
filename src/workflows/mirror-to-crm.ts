import {
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { MIRROR_QUEUE, mirrorReadySignal } from './contract.ts';

const { mirrorBatch } = proxyActivities<Pick<Activities, 'mirrorBatch'>>({
  taskQueue: MIRROR_QUEUE,
  // Longer than all the waits of one batch together: connection, locks, answers.
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '10 seconds',
  // A database that is down costs no history: the waits grow to half a minute, for as long as it takes.
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' },
  summary: "write what waits into the CRM's own database",
});

/**
 * Copies messages into the CRM's own database, in the order of their queue in PostgreSQL; it ends
 * when nothing is left. There is one at a time, which is what its workflow id is for.
 */
export async function mirrorToCrm(): Promise<void> {
  let ready = false;
  setHandler(mirrorReadySignal, () => void (ready = true));
  for (;;) {
    ready = false;
    const step = await mirrorBatch();
    if (step.do === 'end') {
      if (step.lingerMs > 0)
        await condition(() => ready, step.lingerMs, { summary: 'linger: for more messages' });
      if (!ready) return;
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof mirrorToCrm>();
  }
}
