import { activity } from './activity.ts';
import type { Work } from './clock.ts';
import { record } from './outcomes.ts';
import type { Workflow } from './temporal.ts';
import { deliverEvents, sendMessage } from './worker.ts';
import type { World } from './world.ts';

/** The workflows of `src/workflows`, line by line. */

const LONGEST_WAIT_MS = 3_600_000;
const SEND = { startToCloseMs: 15_000, heartbeatMs: Infinity };
const RECORD = { startToCloseMs: 10_000, heartbeatMs: Infinity };
const DELIVER = { startToCloseMs: 90_000, heartbeatMs: 20_000 };

/** `sendMessage` of `send-message.ts`. */
export function* runMessage(world: World, workflow: Workflow): Work {
  while (workflow.running) {
    workflow.woken = false;
    const step = yield* activity(world, workflow, SEND, (worker) =>
      sendMessage(world, worker, { messageId: workflow.target, round: workflow.round }),
    );
    if (!step) return;
    if (step.do === 'done') {
      workflow.running = false;
      return;
    }
    if (step.do === 'record')
      yield* activity(world, workflow, RECORD, (worker) =>
        world.transact(worker, () => record(world.rows, step.attemptId, step.outcome)),
      );
    if (step.do === 'wait') yield* waitFor(world, workflow, step.delayMs);
  }
}

/** `conversation` of `conversation.ts`. */
export function* runLane(world: World, workflow: Workflow): Work {
  while (workflow.running) {
    workflow.ready = false;
    workflow.woken = false;
    const step = yield* activity(world, workflow, DELIVER, (worker, isClosed) =>
      deliverEvents(world, worker, workflow.target, isClosed),
    );
    if (!step) return;
    if (step.do === 'end' && !workflow.ready && !workflow.woken) {
      workflow.running = false;
      return;
    }
    if (step.do === 'wait') yield* waitFor(world, workflow, step.delayMs);
  }
}

/** A timer raced with `wake`; `eventsReady` does not shorten it. */
function* waitFor(world: World, workflow: Workflow, delayMs: number | null): Work {
  const endMs = world.clock.nowMs() + Math.min(delayMs ?? LONGEST_WAIT_MS, LONGEST_WAIT_MS);
  while (workflow.running && !workflow.woken && world.clock.nowMs() < endMs)
    yield { ms: endMs - world.clock.nowMs(), bell: workflow.bell };
}
