import type { Bell, Process, Work } from './clock.ts';
import type { OutboxRow } from './rows.ts';
import type { World } from './world.ts';
import { runLane, runMessage } from './workflows.ts';

/** A workflow: what Temporal keeps of it outlives every worker, but not the loss of Temporal. */
export type Workflow = {
  id: string;
  target: string;
  round: number;
  running: boolean;
  /** `wake` and `eventsReady` since it last looked. */
  woken: boolean;
  ready: boolean;
  bell: Bell;
};

/** Temporal did not answer in time: nothing is known. */
export class Unreachable extends Error {}

export type Call = Pick<OutboxRow, 'kind' | 'target' | 'round'>;

export type Temporal = {
  process: Process;
  workflows: Map<string, Workflow>;
  /** `deliverCall` of `temporal-gateway.ts`. Throws {@link Unreachable}. */
  deliver(call: Call): Work;
  /** `isRunning`. Throws {@link Unreachable}. */
  isRunning(id: string): Work<boolean>;
  /** Somebody ends a workflow by hand. */
  terminate(id: string): void;
  /** The database of Temporal is gone. */
  lose(): void;
};

const DEADLINE_MS = 1_500;

export function messageWorkflowId(messageId: string, round: number): string {
  return `message/${messageId}/${round}`;
}

export function laneWorkflowId(laneId: string): string {
  return `conversation/${laneId}`;
}

export function createTemporal(world: World): Temporal {
  const { clock } = world;
  const process = clock.process('temporal', null);
  const workflows = new Map<string, Workflow>();

  function* call<Result>(apply: () => Result): Work<Result> {
    yield clock.between(1, 10);
    const refused = process.frozenUntilMs > clock.nowMs() || clock.chance(0.005);
    if (refused) {
      yield DEADLINE_MS;
      throw new Unreachable();
    }
    const result = apply();
    if (clock.chance(0.005)) {
      yield DEADLINE_MS;
      throw new Unreachable();
    }
    yield clock.between(1, 10);
    return result;
  }

  function start(id: string, target: string, round: number): Workflow {
    const workflow: Workflow = {
      id,
      target,
      round,
      running: true,
      woken: false,
      ready: false,
      bell: clock.bell(),
    };
    workflows.set(id, workflow);
    const work = id.startsWith('message/') ? runMessage(world, workflow) : runLane(world, workflow);
    clock.spawn(process, work);
    return workflow;
  }

  /** `REJECT_DUPLICATE`: an id that was ever used is "already started", which counts as success. */
  function apply({ kind, target, round }: Call): void {
    if (kind === 'send_message') {
      const id = messageWorkflowId(target, round);
      if (!workflows.has(id)) start(id, target, round);
      return;
    }
    const id = kind === 'wake_message' ? messageWorkflowId(target, round) : laneWorkflowId(target);
    let workflow = workflows.get(id);
    if (!workflow?.running) {
      // A message's workflow that is not found needs no signal; a lane's is started by it.
      if (kind === 'wake_message') return;
      workflow = start(id, target, 1);
    }
    if (kind === 'events_ready') workflow.ready = true;
    else workflow.woken = true;
    workflow.bell.ring();
  }

  return {
    process,
    workflows,
    deliver: (given) => call(() => apply(given)),
    isRunning: (id) => call(() => workflows.get(id)?.running === true),
    terminate(id) {
      const workflow = workflows.get(id);
      if (workflow) workflow.running = false;
    },
    lose() {
      for (const workflow of workflows.values()) workflow.running = false;
      workflows.clear();
    },
  };
}
