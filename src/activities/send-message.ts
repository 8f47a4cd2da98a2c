import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { ChannelRegistry } from '../channels/channel.ts';
import { actsUponAnother } from '../domain/outgoing-content.ts';
import type { SendOutcome } from '../domain/outcome.ts';
import type { BegunAttempt, SendStore } from '../database/send-store.ts';
import type { LaneHead } from '../database/lane.ts';
import type { Logger } from '../logger.ts';
import type { SendMessageInput } from '../workflows/contract.ts';
import { findNames, type FindNamesDeps } from './find-names.ts';
import type { SendGate } from './send-gate.ts';
import type { OutcomeSealer } from './outcome-sealer.ts';
import { RECORD_MARGIN_MS, recordInTime } from './record-in-time.ts';

export type SendMessageDeps = FindNamesDeps & {
  sends: SendStore;
  channels: ChannelRegistry;
  gate: SendGate;
  sealer: OutcomeSealer;
  /** Says that something was committed: the next message and the CRM's event wait for it. */
  kick(): void;
  logger: Logger;
  /** How long an attempt belongs to one worker, ms; shorter than the activity's start-to-close. */
  leaseMs?: number;
};

/** What the workflow does next. Holds ids and classes only: it is kept in Temporal's history. */
export type SendMessageStep =
  | { do: 'done'; status: string }
  /** The message has another part. */
  | { do: 'next' }
  | { do: 'wait'; delayMs: number | null; reason: string }
  /** PostgreSQL did not take the outcome: it is recorded later, from this sealed copy. */
  | { do: 'record'; attemptId: string; sealed: string };

const LEASE_MS = 12_000;
const ANSWER_TIMEOUT_MS = 10_000;
/** Waits as short as this are not worth a timer in Temporal, whose grain is a second. */
const SHORT_WAIT_MS = 1_000;

/**
 * For so long an activity goes on with the messages behind its own; the lease of the last of them
 * must end before Temporal counts the activity as lost.
 */
const CARRY_ON_MS = 2_500;

/** What one try came to; `next` is the message that the lane goes on with. */
type Try = { step: SendMessageStep | RetryStep; next?: LaneHead | undefined };
type RetryStep = { do: 'retry'; delayMs: number; outcome: SendOutcome };

/**
 * One try: look, commit that a call begins, call, record. A message that is sent makes way for the
 * next one of its conversation, and that is tried here as well: many messages to one customer go out
 * one right after the other, without a start of a workflow between any two. Each has its workflow all
 * the same, which finds it sent, or does what is left to do.
 */
export function createSendMessage(deps: SendMessageDeps) {
  const { sends, channels, logger } = deps;

  return async function sendMessage(input: SendMessageInput): Promise<SendMessageStep> {
    const carryOnUntil = performance.now() + CARRY_ON_MS;
    const own = await tryOnce(input, carryOnUntil);
    if (own.step.do === 'retry') throw retryLater(own.step.outcome, own.step.delayMs);
    let { next } = own;
    while (next) {
      const carried = await tryOnce({ ...input, ...next }, carryOnUntil);
      if (carried.step.do !== 'done') {
        await sends.leaveNext(next.messageId);
        deps.kick();
      }
      // Nobody else has what PostgreSQL did not take.
      if (carried.step.do === 'record') return carried.step;
      next = carried.next;
    }
    return own.step;
  };

  async function tryOnce(input: SendMessageInput, carryOnUntil: number): Promise<Try> {
    const leaseEnd = performance.now() + (deps.leaseMs ?? LEASE_MS);
    const attemptId = randomUUID();
    const begun = await begin(input, attemptId, leaseEnd);
    if (begun.do !== 'send') return { step: begun };

    const startedAt = performance.now();
    const outcome = await call(begun.attempt, input.channel, leaseEnd - RECORD_MARGIN_MS);
    const durationMs = performance.now() - startedAt;
    logAttempt(logger, input, begun.attempt, outcome, durationMs);

    const carriesOn = performance.now() < carryOnUntil;
    const known = { attemptId, outcome, durationMs };
    const recorded = await recordInTime(deps, { ...known, carriesOn }, leaseEnd);
    if (recorded === null) {
      const sealed = deps.sealer.seal(attemptId, outcome, durationMs);
      return { step: { do: 'record', attemptId, sealed } };
    }
    deps.kick();
    if (recorded.do === 'retry') return { step: { ...recorded, outcome } };
    if (recorded.do !== 'done') return { step: recorded };
    return { step: { do: 'done', status: recorded.status }, next: recorded.next };
  }

  /** What is due when a message expires is tried even while the platform is thought to be down. */
  function call(attempt: BegunAttempt, name: string, deadline: number): Promise<SendOutcome> {
    const channel = channels.get(name);
    if (actsUponAnother(attempt.content) && attempt.refersTo === null)
      return Promise.resolve(NOTHING_TO_ACT_UPON);
    const send = () =>
      channel.send(attempt.account, {
        recipientId: attempt.recipientId,
        content: attempt.content,
        refersTo: attempt.refersTo,
        customerWroteAt: attempt.customerWroteAt?.getTime() ?? null,
        callbackData: attempt.callbackData,
        deadline,
        answerTimeoutMs: ANSWER_TIMEOUT_MS,
      });
    if (attempt.lastChance) return send();
    const place = { accountId: attempt.account.id, conversationId: attempt.conversationId };
    return deps.gate.pass(channel, place, send);
  }

  async function begin(input: SendMessageInput, attemptId: string, leaseEnd: number) {
    for (;;) {
      const leaseMs = leaseEnd - performance.now();
      const begun = await sends.begin({ ...input, attemptId, leaseMs });
      if (begun.do === 'send') return begun;
      if (begun.do === 'end') return { do: 'done' as const, status: 'ended' };
      if (begun.do === 'again') {
        deps.kick();
        continue;
      }
      if (begun.do === 'find_names') {
        await findNames(deps, input.messageId);
        continue;
      }
      if (begun.delayMs === null || begun.delayMs > SHORT_WAIT_MS) return begun;
      await pause(begun.delayMs);
    }
  }
}

/** What it reacts to or edits was never taken by the platform. */
const NOTHING_TO_ACT_UPON: SendOutcome = {
  class: 'refused',
  code: 'target_not_sent',
  message: 'The message that it reacts to or edits is not on the platform; no call was made.',
};

/** Temporal's own retry with the delay we name: it costs no event in the history. */
function retryLater(outcome: SendOutcome, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: outcome.class,
    message: `the platform's answer was ${outcome.class}`,
    // With 0 Temporal does not try again at all, and the workflow fails.
    nextRetryDelay: Math.max(1, delayMs),
    category: ApplicationFailureCategory.BENIGN,
  });
}

const LEVELS: Partial<Record<SendOutcome['class'], 'info' | 'error'>> = {
  sent: 'info',
  unauthorized: 'error',
};

function logAttempt(
  logger: Logger,
  input: SendMessageInput,
  attempt: BegunAttempt,
  outcome: SendOutcome,
  durationMs: number,
): void {
  // What did not go out is what an operator filters for; the account waits for a person.
  const level = LEVELS[outcome.class] ?? 'warn';
  logger[level]('message attempted', {
    trace_id: attempt.traceId ?? undefined,
    message_id: input.messageId,
    account_id: attempt.account.id,
    conversation_id: attempt.conversationId,
    channel: input.channel,
    attempt: attempt.number,
    outcome: outcome.class,
    ...(outcome.class === 'sent' ? {} : { error_class: outcome.class, error_code: outcome.code }),
    duration_ms: Math.round(durationMs),
  });
}
