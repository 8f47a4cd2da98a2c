import { advanceStuckLanes, findExpected, revive } from './actions.ts';
import type { Process, Work } from './clock.ts';
import { offerProbe } from './deliveries.ts';
import { sweepParked } from './receiving.ts';
import type { OutboxRow } from './rows.ts';
import { laneWorkflowId, messageWorkflowId, Unreachable } from './temporal.ts';
import type { World } from './world.ts';

const BATCH = 50;

/** `dispatcher.ts`: one in each process. */
export function* runDispatcher(world: World, process: Process): Work {
  const bell = world.clock.bell();
  world.kicks.set(process, bell);
  for (let failures = 0; ;) {
    try {
      const claimed = yield* claim(world, process);
      failures = 0;
      if (claimed > 0) continue;
      // A sweep every second finds nothing in an empty outbox: it is left out.
      yield { ms: world.rows.outbox.length === 0 ? 60_000 : 1_000, bell };
    } catch {
      failures += 1;
      yield Math.min(5_000, 500 * 2 ** Math.min(failures - 1, 4));
    }
  }
}

/** `OutboxStore.claim`: the rows stay locked until its end, however it ends; a crash is an end. */
function* claim(world: World, process: Process): Work<number> {
  const { clock, rows } = world;
  const mine = { process, life: process.life };
  try {
    yield* world.transact(process, () => {
      const isFree = ({ lockedBy }: OutboxRow) =>
        lockedBy === null || lockedBy.life !== lockedBy.process.life;
      const due = rows.outbox.filter((row) => row.notBeforeMs <= clock.nowMs() && isFree(row));
      for (const row of due.slice(0, BATCH)) row.lockedBy = mine;
    });
    const claimed = rows.outbox.filter(({ lockedBy }) => lockedBy === mine);
    const done = yield* dispatch(world, claimed);
    // `settle`, and the commit; where it is lost, every row of the batch is there once more.
    yield* world.transact(process, () => {
      rows.outbox = rows.outbox.filter((row) => !done.has(row));
    });
    return claimed.length;
  } finally {
    for (const row of rows.outbox) if (row.lockedBy === mine) row.lockedBy = null;
  }
}

/** `dispatch`, one call after another: the rows of those that were made. */
function* dispatch(world: World, claimed: OutboxRow[]): Work<Set<OutboxRow>> {
  const done = new Set<OutboxRow>();
  for (const group of Map.groupBy(claimed, (row) => `${row.kind}|${row.target}`).values()) {
    const [first] = group;
    if (!first) continue;
    const round = Math.max(...group.map((row) => row.round));
    try {
      yield* world.temporal.deliver({ kind: first.kind, target: first.target, round });
    } catch (error) {
      if (!(error instanceof Unreachable) || done.size === 0) throw error;
      return done;
    }
    for (const row of group) done.add(row);
  }
  return done;
}

const EVERY_MS = 60_000;

/** `reconciler.ts`. */
export function* runReconciler(world: World, process: Process): Work {
  for (;;) {
    yield EVERY_MS;
    if (!world.rows.mechanisms.reconciler) continue;
    try {
      yield* world.transact(process, () => advanceStuckLanes(world.rows));
      const expected = yield* world.transact(process, () => findExpected(world.rows, EVERY_MS));
      for (const each of expected) {
        const id =
          each.kind === 'message'
            ? messageWorkflowId(each.message.id, each.round)
            : laneWorkflowId(each.laneId);
        if (!(yield* world.temporal.isRunning(id)))
          yield* world.transact(process, () => revive(world.rows, each));
      }
    } catch {
      // The next round looks again.
    }
  }
}

/** `createParkedSweep` and `createProbeSweep`. */
export function* runSweeps(world: World, process: Process): Work {
  for (;;) {
    yield world.rows.endpoint.open ? 1_000 : 5_000;
    if (world.rows.parked.length === 0 && !world.rows.endpoint.open) continue;
    try {
      yield* world.transact(process, () => sweepParked(world.rows));
      yield* world.transact(process, () => offerProbe(world.rows));
    } catch {
      // The next round sweeps again.
    }
  }
}
