import type { SendOutcome } from '../../src/domain/outcome.ts';
import { RetryLater } from './activity.ts';
import type { Process, Work } from './clock.ts';
import { nextEvent, recordAnswer } from './deliveries.ts';
import { record, type RecordResult } from './outcomes.ts';
import { begin, leaveNext, type BeginResult, type Call } from './sends.ts';
import type { World } from './world.ts';

/** The activities of `src/activities`. Each pause is a place where the worker may die or stand still. */

export type SendStep =
  | { do: 'done' }
  | { do: 'next' }
  | { do: 'wait'; delayMs: number | null }
  | { do: 'record'; attemptId: string; outcome: SendOutcome };

const LEASE_MS = 12_000;
const RECORD_MARGIN_MS = 1_000;
const SHORT_WAIT_MS = 1_000;
const CARRY_ON_MS = 2_500;

type Try = {
  step: SendStep | { do: 'retry'; delayMs: number };
  next?: { messageId: string; round: number } | undefined;
};

/** `createSendMessage`. */
export function* sendMessage(
  world: World,
  worker: Process,
  input: { messageId: string; round: number },
): Work<SendStep> {
  const carryOnUntilMs = world.clock.nowMs() + CARRY_ON_MS;
  const own = yield* tryOnce(world, worker, input, carryOnUntilMs);
  if (own.step.do === 'retry') throw new RetryLater(own.step.delayMs);
  let { next } = own;
  while (next) {
    const { messageId }: { messageId: string } = next;
    const carried: Try = yield* tryOnce(world, worker, next, carryOnUntilMs);
    if (carried.step.do !== 'done')
      yield* world.transact(worker, () => leaveNext(world.rows, messageId));
    if (carried.step.do === 'record') return carried.step;
    next = carried.next;
  }
  return own.step;
}

/** `tryOnce`. */
function* tryOnce(
  world: World,
  worker: Process,
  input: { messageId: string; round: number },
  carryOnUntilMs: number,
): Work<Try> {
  const leaseEndMs = world.clock.nowMs() + LEASE_MS;
  const attemptId = world.newId('attempt');
  const begun = yield* beginTry(world, worker, { ...input, attemptId }, leaseEndMs);
  if (begun.do !== 'send') return { step: begun.do === 'end' ? { do: 'done' } : begun };
  const outcome = yield* world.platform.call(begun.call, leaseEndMs - RECORD_MARGIN_MS);
  const answer = { outcome, carriesOn: world.clock.nowMs() < carryOnUntilMs };
  const recorded = yield* recordInTime(world, worker, begun.call, answer, leaseEndMs);
  if (recorded === null) return { step: { do: 'record', attemptId, outcome } };
  if (recorded.do !== 'done') return { step: recorded };
  return { step: { do: 'done' }, next: recorded.next };
}

/** `begin`. */
function* beginTry(
  world: World,
  worker: Process,
  input: { messageId: string; round: number; attemptId: string },
  leaseEndMs: number,
): Work<Exclude<BeginResult, { do: 'again' }>> {
  for (;;) {
    const leaseMs = leaseEndMs - world.clock.nowMs();
    const begun = yield* world.transact(worker, () => begin(world.rows, { ...input, leaseMs }));
    if (begun.do === 'again') continue;
    if (begun.do !== 'wait') return begun;
    if (begun.delayMs === null || begun.delayMs > SHORT_WAIT_MS) return begun;
    yield begun.delayMs;
  }
}

/** `recordInTime`. */
function* recordInTime(
  world: World,
  worker: Process,
  { attemptId, message }: Call,
  { outcome, carriesOn }: { outcome: SendOutcome; carriesOn: boolean },
  leaseEndMs: number,
): Work<RecordResult | null> {
  for (let waitMs = 100; ; waitMs *= 2) {
    try {
      return yield* world.transact(
        worker,
        () => record(world.rows, attemptId, outcome, carriesOn),
        message.conversationId,
      );
    } catch {
      if (world.clock.nowMs() + waitMs >= leaseEndMs) return null;
      yield waitMs;
    }
  }
}

export type DeliverStep = { do: 'end' } | { do: 'more' } | { do: 'wait'; delayMs: number | null };

const MOST_EVENTS = 50;
const LONGEST_RUN_MS = 30_000;
const SHORT_DELIVERY_WAIT_MS = 900;

/** `createDeliverEvents`. */
export function* deliverEvents(
  world: World,
  worker: Process,
  laneId: string,
  isClosed: () => boolean,
): Work<DeliverStep> {
  const endsAtMs = world.clock.nowMs() + LONGEST_RUN_MS;
  let posted = 0;
  while (posted < MOST_EVENTS && world.clock.nowMs() < endsAtMs) {
    if (isClosed()) throw new Error('cancelled');
    const next = yield* world.transact(worker, () => nextEvent(world.rows, laneId));
    if (next.do === 'end') return next;
    if (next.do === 'wait') {
      if (next.delayMs === null || next.delayMs > SHORT_DELIVERY_WAIT_MS) return next;
      yield next.delayMs;
      continue;
    }
    const answer = yield* world.crm.post(next.event);
    if (isClosed()) throw new Error('cancelled');
    const verdict = yield* world.transact(worker, () =>
      recordAnswer(world.rows, laneId, next, answer),
    );
    posted += 1;
    if (verdict.do === 'retry') return { do: 'wait', delayMs: verdict.delayMs };
    if (verdict.do === 'disable_endpoint') return { do: 'wait', delayMs: null };
  }
  return { do: 'more' };
}
