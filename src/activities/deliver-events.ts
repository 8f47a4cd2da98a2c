import { setTimeout as pause } from 'node:timers/promises';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { WebhookAnswer, WebhookSender } from '../crm/webhook.ts';
import type { DeliveryStore, ReadyEvent } from '../database/delivery-store.ts';
import type { WebhookVerdict } from '../domain/webhook-policy.ts';
import type { Logger } from '../logger.ts';
import type { Slots } from './slots.ts';

export type DeliverEventsDeps = {
  deliveries: DeliveryStore;
  sender: Pick<WebhookSender, 'post'>;
  slots: Slots;
  /** How long a drained conversation stays before it ends, ms. */
  lingerMs: number;
  logger: Logger;
};

/** What the workflow does next. */
export type DeliverEventsStep =
  | { do: 'end'; lingerMs: number }
  | { do: 'more' }
  | { do: 'busy' }
  | { do: 'wait'; delayMs: number | null; reason: string }
  | { do: 'fetch_profile'; channel: string };

/** After so many events or so long the workflow gets to see its signals. */
const MOST_EVENTS = 50;
const LONGEST_RUN_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Waits as short as this are not worth a timer in Temporal, whose grain is a second. */
const SHORT_WAIT_MS = 900;
const SLOW_MS = 5_000;

/** Posts a conversation's events one by one, until none is left or one fails. */
export function createDeliverEvents(deps: DeliverEventsDeps) {
  const { deliveries } = deps;

  return async function deliverEvents(input: {
    laneId: string;
    profileAsked: boolean;
  }): Promise<DeliverEventsStep> {
    const beat = setInterval(() => heartbeat(), HEARTBEAT_MS);
    try {
      return await drain(input.laneId, input.profileAsked);
    } finally {
      clearInterval(beat);
    }
  };

  async function drain(laneId: string, skipProfile: boolean): Promise<DeliverEventsStep> {
    const endsAt = performance.now() + LONGEST_RUN_MS;
    let posted = 0;
    while (posted < MOST_EVENTS && performance.now() < endsAt) {
      // A worker that was given up must not post beside its successor.
      cancellationSignal().throwIfAborted();
      const next = await deliveries.next(laneId, { skipProfile });
      if (next.do === 'end') return { do: 'end', lingerMs: deps.lingerMs };
      if (next.do === 'fetch_profile') return { do: 'fetch_profile', channel: next.channel };
      if (next.do === 'wait') {
        if (next.delayMs === null || next.delayMs > SHORT_WAIT_MS) return next;
        await pause(next.delayMs);
        continue;
      }
      const verdict = await post(deps, next.event);
      if (verdict === 'busy') return { do: 'busy' };
      posted += 1;
      if (verdict.do === 'retry')
        return { do: 'wait', delayMs: verdict.delayMs, reason: 'next attempt' };
      if (verdict.do === 'disable_endpoint')
        return { do: 'wait', delayMs: null, reason: 'endpoint disabled' };
    }
    return { do: 'more' };
  }
}

async function post(
  { deliveries, sender, slots, logger }: DeliverEventsDeps,
  event: ReadyEvent,
): Promise<WebhookVerdict | 'busy'> {
  const release = slots.take(event.accountId);
  if (!release) return 'busy';
  let answer: WebhookAnswer;
  try {
    answer = await sender.post({
      url: event.url,
      webhookId: event.id,
      body: event.body,
      secrets: event.secrets,
      headers: event.headers,
      traceId: event.traceId,
      signal: cancellationSignal(),
    });
  } finally {
    release();
  }
  // Our own end says nothing about the CRM: whoever takes over records its own attempt.
  cancellationSignal().throwIfAborted();
  if (answer.errorClass === 'aborted') throw new CancelledFailure('the worker is closing');
  const verdict = await deliveries.record(event, answer);
  logAttempt(logger, event, answer, verdict);
  return verdict;
}

/** What is given up, and an endpoint that is switched off, wait for a person. */
const LEVELS: Partial<Record<WebhookVerdict['do'], 'info' | 'warn'>> = {
  delivered: 'info',
  retry: 'warn',
};

function logAttempt(
  logger: Logger,
  event: ReadyEvent,
  answer: WebhookAnswer,
  verdict: WebhookVerdict,
): void {
  const fields = {
    trace_id: event.traceId ?? undefined,
    workflow_id: activityInfo().workflowExecution?.workflowId,
    delivery_id: event.id,
    message_id: event.messageId ?? undefined,
    account_id: event.accountId,
    conversation_id: event.conversationId ?? undefined,
    event_type: event.type,
    attempt: event.attempts + 1,
    outcome: verdict.do,
    status_code: answer.statusCode ?? undefined,
    error_class: answer.errorClass ?? undefined,
    retry_in_ms: verdict.do === 'retry' ? verdict.delayMs : undefined,
    duration_ms: Math.round(answer.durationMs),
  };
  logger[LEVELS[verdict.do] ?? 'error']('webhook attempted', fields);
  if (answer.durationMs > SLOW_MS) logger.warn('the CRM took over 5 s to answer', fields);
  const lateMs = Date.now() - event.storedAt.getTime();
  if (verdict.do === 'delivered' && lateMs > SLOW_MS)
    logger.warn('an event reached the CRM over 5 s after it came', { ...fields, late_ms: lateMs });
}
