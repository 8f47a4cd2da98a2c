import type { WebhookAnswer } from '../../crm/webhook.ts';
import {
  isUnavailable,
  judgeAnswer,
  judgeReplay,
  type WebhookPolicy,
  type WebhookVerdict,
} from '../../domain/webhook-policy.ts';
import type { Transaction } from '../database.ts';
import type { ReadyEvent } from '../delivery-store.ts';
import { raiseAlert } from '../alert.ts';
import { lockBreaker, noteAnswer, noteFailure, type BreakerPolicy } from './endpoint-breaker.ts';
import { closeDeadLetter, openDeadLetter } from '../dead-letter.ts';
import { addOutboxRow } from '../outbox.ts';

export type AttemptRules = { policy: WebhookPolicy; breaker: BreakerPolicy; random(): number };

/** Records what came of a post, and what follows from it for the event and for the endpoint. */
export async function recordAttempt(
  tx: Transaction,
  event: ReadyEvent,
  answer: WebhookAnswer,
  rules: AttemptRules,
): Promise<WebhookVerdict> {
  const unavailable = isUnavailable(answer.statusCode);
  const settled = !unavailable && answer.statusCode !== 410;
  const endpoint = await lockBreaker(tx, event.accountId, settled);
  const { verdict, alone } = await recordEvent(tx, event, answer, rules);
  const blocked = endpoint?.breaker_state === 'open' || endpoint?.disabled === true;
  if (blocked || !alone) await wakeOwnLane(tx, event, verdict);
  // The URL changed while the old one was asked: the new one is tried at once.
  if (!endpoint || endpoint.url_version !== event.urlVersion)
    return verdict.do === 'disable_endpoint' ? { do: 'retry', delayMs: 0 } : verdict;
  const place = { accountId: event.accountId, laneId: event.conversationId ?? event.accountId };
  if (unavailable) await noteFailure(tx, place, endpoint, rules.breaker);
  else await noteAnswer(tx, event.accountId, endpoint, rules.breaker);
  if (answer.statusCode === 410) await disableEndpoint(tx, event.accountId);
  return verdict;
}

/**
 * Another worker may have tried or seen the same event, and the workflow may have begun to wait by
 * what that one found: for an hour, with nothing left in the lane by which others would wake it.
 */
async function wakeOwnLane(
  tx: Transaction,
  event: ReadyEvent,
  verdict: WebhookVerdict,
): Promise<void> {
  if (verdict.do !== 'delivered' && verdict.do !== 'dead_letter') return;
  await addOutboxRow(tx, {
    kind: 'wake_lane',
    target: event.conversationId ?? event.accountId,
    accountId: event.accountId,
  });
}

/** `alone`: nobody else has tried the event since it was handed out. */
async function recordEvent(
  tx: Transaction,
  event: ReadyEvent,
  answer: WebhookAnswer,
  { policy, random }: AttemptRules,
): Promise<{ verdict: WebhookVerdict; alone: boolean }> {
  const [row] = await tx.query<{ now: Date; first_attempt_at: Date; attempts: number }>(
    `update webhook_deliveries
        set attempts = attempts + 1, last_status_code = $2, last_error_class = $3
      where id = $1 and state in ('pending', 'replay')
      returning clock_timestamp() as now, first_attempt_at, attempts`,
    [event.id, answer.statusCode, answer.errorClass],
  );
  await tx.query(
    `insert into webhook_attempts (delivery_id, status_code, error_class, duration_ms, excerpt)
     values ($1, $2, $3, $4, $5)`,
    [
      event.id,
      answer.statusCode,
      answer.errorClass,
      Math.round(answer.durationMs),
      Buffer.from(answer.excerpt),
    ],
  );
  // Somebody else has dealt with it: discarded with its account, or delivered by a slower worker.
  if (!row) return { verdict: { do: 'delivered' }, alone: true };
  const verdict = event.replay
    ? judgeReplay(answer.statusCode)
    : judgeAnswer(
        answer,
        {
          nowMs: row.now.getTime(),
          firstAttemptAtMs: row.first_attempt_at.getTime(),
          attempts: row.attempts,
          random: random(),
        },
        policy,
      );
  await applyVerdict(tx, event, answer, verdict);
  return { verdict, alone: row.attempts === event.attempts + 1 };
}

async function applyVerdict(
  tx: Transaction,
  event: ReadyEvent,
  answer: WebhookAnswer,
  verdict: WebhookVerdict,
): Promise<void> {
  switch (verdict.do) {
    case 'delivered':
      await tx.query(
        `update webhook_deliveries set state = 'delivered', delivered_at = now(), next_attempt_at = null
          where id = $1`,
        [event.id],
      );
      return closeDeadLetter(tx, 'webhook', event.id);
    case 'retry':
      await tx.query(
        `update webhook_deliveries set next_attempt_at = now() + $2 * interval '1 millisecond'
          where id = $1`,
        [event.id, verdict.delayMs],
      );
      return;
    case 'dead_letter':
      await tx.query(`update webhook_deliveries set state = 'dead' where id = $1`, [event.id]);
      await openDeadLetter(tx, 'webhook', event.id, {
        reason: verdict.reason,
        statusCode: answer.statusCode,
      });
      if (verdict.reason === 'unauthorized')
        await raiseAlert(tx, 'crm_unauthorized', event.accountId);
      return;
    case 'disable_endpoint':
      return;
  }
}

/** 410: nothing more is sent there until somebody enables it or gives it another URL. */
async function disableEndpoint(tx: Transaction, accountId: string): Promise<void> {
  await tx.query(
    `update webhook_endpoints set disabled_at = now(), disabled_reason = 'gone'
      where account_id = $1 and disabled_at is null`,
    [accountId],
  );
  await raiseAlert(tx, 'endpoint_disabled', accountId);
}
