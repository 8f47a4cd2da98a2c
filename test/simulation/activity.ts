import type { Process, Work } from './clock.ts';
import type { Workflow } from './temporal.ts';
import type { World } from './world.ts';

/** What Temporal does for an activity: hands it out, waits for it, times it out, tries it again. */

/** An activity that names the time of its next attempt. */
export class RetryLater extends Error {
  readonly delayMs: number;
  constructor(delayMs: number) {
    super('retry later');
    this.delayMs = delayMs;
  }
}

type Limits = { startToCloseMs: number; heartbeatMs: number };
type Outcome<Result> = { result: Result } | { error: unknown };

/**
 * Runs an activity on one of the workers until one attempt completes. An attempt that Temporal has
 * given up goes on where it runs; `isClosed` is how its worker learns of it, with a heartbeat's delay.
 */
export function* activity<Result>(
  world: World,
  workflow: Workflow,
  limits: Limits,
  make: (worker: Process, isClosed: () => boolean) => Work<Result>,
): Work<Result | undefined> {
  const { clock } = world;
  for (let attempt = 1; workflow.running; attempt += 1) {
    const outcome = yield* oneAttempt(world, limits, make);
    if (!workflow.running) return undefined;
    if (outcome && 'result' in outcome) return outcome.result;
    const later = outcome?.error instanceof RetryLater ? outcome.error.delayMs : undefined;
    yield Math.max(1, later ?? Math.min(30_000, 1_000 * 2 ** Math.min(attempt - 1, 5)));
    if (clock.nowMs() > world.endMs) return undefined;
  }
  return undefined;
}

/** Undefined when the attempt timed out. */
function* oneAttempt<Result>(
  world: World,
  limits: Limits,
  make: (worker: Process, isClosed: () => boolean) => Work<Result>,
): Work<Outcome<Result> | undefined> {
  const { clock, temporal } = world;
  const bell = clock.bell();
  let outcome: Outcome<Result> | undefined;
  let closedAtMs = Infinity;
  let holder: { worker: Process; life: number } | undefined;

  function complete(result: unknown, error: unknown): void {
    // The answer of a worker can get lost, and waits while Temporal stands still.
    if (clock.chance(0.005)) return;
    clock.after(temporal.process.frozenUntilMs - clock.nowMs(), () => {
      if (closedAtMs !== Infinity) return;
      outcome ??= error === undefined ? { result: result as Result } : { error };
      bell.ring();
    });
  }
  function handOut(): boolean {
    const alive = world.workers.filter((worker) => worker.alive);
    if (alive.length === 0) return false;
    const worker = clock.pick(alive);
    holder ??= { worker, life: worker.life };
    const isClosed = () => clock.nowMs() > closedAtMs + 5_000;
    clock.spawn(worker, make(worker, isClosed), complete);
    return true;
  }

  while (!handOut()) yield 500;
  // Now and then a task is handed out twice.
  if (clock.chance(0.01)) handOut();
  const endMs = clock.nowMs() + limits.startToCloseMs;
  let beatMs = clock.nowMs();
  while (!outcome) {
    const leftMs = Math.min(endMs, beatMs + limits.heartbeatMs) - clock.nowMs();
    if (leftMs <= 0) break;
    yield { ms: Math.min(leftMs, limits.heartbeatMs / 4), bell };
    const lives = holder?.worker.life === holder?.life;
    if (lives && (holder?.worker.frozenUntilMs ?? 0) <= clock.nowMs()) beatMs = clock.nowMs();
  }
  closedAtMs = clock.nowMs();
  return outcome;
}
