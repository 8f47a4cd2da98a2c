import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MirrorBatchStep } from '../../src/activities/mirror-batch.ts';
import {
  MIRROR_WORKFLOW_ID,
  mirrorReadySignal,
  ROUTER_QUEUE,
} from '../../src/workflows/contract.ts';
import type { mirrorToCrm } from '../../src/workflows/index.ts';
import { type Lab, openLab, storyOf } from './workflow-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 120_000);
afterAll(() => lab?.close());

const END: MirrorBatchStep = { do: 'end', lingerMs: 0 };

/** As the dispatcher does it. */
function ready() {
  return lab.client.workflow.signalWithStart<typeof mirrorToCrm>('mirrorToCrm', {
    workflowId: MIRROR_WORKFLOW_ID,
    taskQueue: ROUTER_QUEUE,
    args: [],
    signal: mirrorReadySignal.name,
  });
}

describe('the workflow of the mirror', () => {
  it('goes on while there is more, and ends when nothing is left', async () => {
    const steps: MirrorBatchStep[] = [{ do: 'more' }, { do: 'more' }, END];
    lab.activities.mirrorBatch = async () => steps.shift() ?? END;
    const handle = await ready();
    await handle.result();
    expect(steps).toEqual([]);
    expect(await storyOf(handle)).toEqual(
      [1, 2, 3].map(() => `activity mirrorBatch "write what waits into the CRM's own database"`),
    );
  });

  it('looks once more when it was told of messages while it wrote', async () => {
    let runs = 0;
    const first = Promise.withResolvers<void>();
    lab.activities.mirrorBatch = async () => {
      runs += 1;
      if (runs === 1) await first.promise;
      return END;
    };
    const handle = await ready();
    while (runs === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const same = await ready();
    expect(same.signaledRunId).toBe(handle.signaledRunId);
    first.resolve();
    await handle.result();
    expect(runs).toBe(2);
  });

  it('stays for more messages where it is to linger', async () => {
    const steps: MirrorBatchStep[] = [{ do: 'end', lingerMs: 45_000 }, END];
    lab.activities.mirrorBatch = async () => steps.shift() ?? END;
    const handle = await ready();
    await handle.result();
    expect(await storyOf(handle)).toEqual([
      expect.stringContaining('mirrorBatch'),
      'timer 45 s "linger: for more messages"',
    ]);
  });

  it('tries a database that is away again with waits that grow to half a minute, for hours', async () => {
    const at: number[] = [];
    const wanted = 2 * 60 * 2;
    lab.activities.mirrorBatch = async () => {
      at.push(await lab.now());
      if (at.length < wanted)
        throw ApplicationFailure.create({ type: 'unavailable', message: 'x' });
      return END;
    };
    const handle = await ready();
    await handle.result();
    const waits = at.slice(1).map((time, index) => Math.round((time - (at[index] ?? 0)) / 1000));
    // The server's clock also runs while a busy machine takes its time.
    const planned = [1, 2, 4, 8, 16, ...waits.slice(5).map(() => 30)];
    expect(waits.filter((wait, index) => Math.abs(wait - (planned[index] ?? 0)) > 3)).toEqual([]);
    // However often it was tried, the history has it once.
    expect(await storyOf(handle)).toHaveLength(1);
  }, 120_000);
});
