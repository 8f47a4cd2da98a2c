import { orderEvents } from '../../src/domain/event-order.ts';
import {
  isUnavailable,
  judgeAnswer,
  judgeReplay,
  type WebhookPolicy,
  type WebhookVerdict,
} from '../../src/domain/webhook-policy.ts';
import { addOutboxRow, conversationOf } from './model.ts';
import type { CrmEvent, Rows } from './rows.ts';

/** The way to the CRM: `delivery-store`, `delivery-head`, `delivery-attempt`, `endpoint-breaker`. */

/** A day, shortened to ten minutes. */
const POLICY: WebhookPolicy = {
  retryDelaysMs: [1_000, 4_000, 16_000, 64_000, 120_000],
  limitMs: 600_000,
};
const BREAKER = { failures: 6, probeDelaysMs: [10_000, 20_000, 60_000], recoveryPerSecond: 50 };
const PROBE_MS = 15_000;

export type NextEvent =
  | { do: 'end' }
  | { do: 'wait'; delayMs: number | null }
  | {
      do: 'post';
      event: CrmEvent;
      /** Attempts of the event before this one. */
      made: number;
      endpointVersion: number;
      replay: boolean;
    };

/** `DeliveryStore.next`. */
export function nextEvent(rows: Rows, laneId: string): NextEvent {
  const { endpoint } = rows;
  const head = findHead(rows, laneId);
  if (!head) return { do: 'end' };
  const probe = endpoint.open && !endpoint.disabled && takeProbe(rows, laneId);
  if (endpoint.disabled || (endpoint.open && !probe)) return { do: 'wait', delayMs: null };
  const { event, heldUntilMs } = head;
  const nextAttemptAtMs = event.state === 'replay' ? 0 : (event.nextAttemptAtMs ?? 0);
  const delayMs = Math.max(heldUntilMs, nextAttemptAtMs) - rows.nowMs();
  if (!probe && delayMs > 0) return { do: 'wait', delayMs };
  if (event.sequence === null) {
    const lane = conversationOf(rows, laneId);
    lane.eventSequence += 1;
    event.sequence = lane.eventSequence;
    event.firstAttemptAtMs = rows.nowMs();
  }
  const replay = event.state === 'replay';
  return { do: 'post', event, made: event.attempts, endpointVersion: endpoint.version, replay };
}

/** `findHead`: a replay, an event that was begun, or what the rule of the domain puts first. */
function findHead(
  rows: Rows,
  laneId: string,
): { event: CrmEvent; heldUntilMs: number } | undefined {
  const mine = rows.events.filter((event) => event.laneId === laneId);
  const bySequence = (a: CrmEvent, b: CrmEvent) => (a.sequence ?? 0) - (b.sequence ?? 0);
  const begun =
    mine.filter(({ state }) => state === 'replay').sort(bySequence)[0] ??
    mine.filter((each) => each.state === 'pending' && each.sequence !== null).sort(bySequence)[0];
  if (begun) return { event: begun, heldUntilMs: begun.heldUntilMs };
  const pending = mine.filter(({ state }) => state === 'pending');
  const first = pending.sort((a, b) => a.arrival - b.arrival)[0];
  if (!first || first.heldUntilMs > rows.nowMs())
    return first && { event: first, heldUntilMs: first.heldUntilMs };
  const event = orderEvents(pending)[0];
  return event && { event, heldUntilMs: first.heldUntilMs };
}

/** `DeliveryStore.record`. */
export function recordAnswer(
  rows: Rows,
  laneId: string,
  posted: Extract<NextEvent, { do: 'post' }>,
  answer: { statusCode: number | null; retryAfterMs: number | null },
): WebhookVerdict {
  const { endpoint } = rows;
  const { verdict, alone } = recordEvent(rows, posted, answer);
  const isOver = verdict.do === 'delivered' || verdict.do === 'dead_letter';
  // `wakeOwnLane`.
  if (isOver && (endpoint.open || endpoint.disabled || !alone))
    addOutboxRow(rows, { kind: 'wake_lane', target: laneId });
  if (endpoint.version !== posted.endpointVersion)
    return verdict.do === 'disable_endpoint' ? { do: 'retry', delayMs: 0 } : verdict;
  if (isUnavailable(answer.statusCode)) noteFailure(rows, laneId);
  else if (endpoint.failures > 0 || endpoint.open) {
    const wasOpen = endpoint.open;
    closeBreaker(rows);
    if (wasOpen) wakeLanes(rows, 1_000 / BREAKER.recoveryPerSecond);
  }
  if (answer.statusCode === 410) endpoint.disabled = true;
  return verdict;
}

/** `recordEvent`. */
function recordEvent(
  rows: Rows,
  { event, replay, made }: Extract<NextEvent, { do: 'post' }>,
  answer: { statusCode: number | null; retryAfterMs: number | null },
): { verdict: WebhookVerdict; alone: boolean } {
  if (event.state !== 'pending' && event.state !== 'replay')
    return { verdict: { do: 'delivered' }, alone: true };
  event.attempts += 1;
  const verdict = replay
    ? judgeReplay(answer.statusCode)
    : judgeAnswer(
        answer,
        {
          nowMs: rows.nowMs(),
          firstAttemptAtMs: event.firstAttemptAtMs,
          attempts: event.attempts,
          random: rows.random(),
        },
        POLICY,
      );
  if (verdict.do === 'delivered')
    Object.assign(event, { state: 'delivered', nextAttemptAtMs: null });
  if (verdict.do === 'retry') event.nextAttemptAtMs = rows.nowMs() + verdict.delayMs;
  if (verdict.do === 'dead_letter') Object.assign(event, { state: 'dead', wasDead: true });
  return { verdict, alone: event.attempts === made + 1 };
}

/** `noteFailure`. */
function noteFailure({ endpoint, nowMs }: Rows, laneId: string): void {
  const taken = endpoint.probeLeaseUntilMs !== null ? endpoint.probeLane : null;
  if (endpoint.open && taken !== laneId) return;
  endpoint.probes = endpoint.open ? endpoint.probes + 1 : 0;
  endpoint.open ||= endpoint.failures + 1 >= BREAKER.failures;
  endpoint.failures += 1;
  const delays = BREAKER.probeDelaysMs;
  Object.assign(endpoint, {
    ...NO_PROBE,
    nextProbeAtMs: endpoint.open
      ? nowMs() + (delays[Math.min(endpoint.probes, delays.length - 1)] ?? 0)
      : null,
  });
}

const NO_PROBE = { probeLane: null, probeOfferedAtMs: null, probeLeaseUntilMs: null };

/** `closeBreaker`. */
function closeBreaker({ endpoint }: Rows): void {
  Object.assign(endpoint, {
    ...NO_PROBE,
    open: false,
    failures: 0,
    probes: 0,
    nextProbeAtMs: null,
  });
}

/** `takeProbe`. */
function takeProbe({ endpoint, nowMs }: Rows, laneId: string): boolean {
  const mine = endpoint.probeLane === laneId && (endpoint.nextProbeAtMs ?? Infinity) <= nowMs();
  if (!mine || (endpoint.probeLeaseUntilMs ?? 0) >= nowMs()) return false;
  endpoint.probeLeaseUntilMs = nowMs() + PROBE_MS;
  return true;
}

/** Conversations with undelivered events, the one that has waited longest first. */
function waitingLanes(rows: Rows): string[] {
  const waiting = rows.events.filter(({ state }) => state === 'pending' || state === 'replay');
  return [...new Set(waiting.map(({ laneId }) => laneId))];
}

/** `wakeLanes`. */
function wakeLanes(rows: Rows, apartMs: number): void {
  for (const event of rows.events)
    if (event.state === 'pending' && (event.nextAttemptAtMs ?? 0) > rows.nowMs())
      event.nextAttemptAtMs = rows.nowMs();
  waitingLanes(rows).forEach((target, index) =>
    addOutboxRow(rows, { kind: 'wake_lane', target, delayMs: index * apartMs }),
  );
}

/** `offerProbes`. */
export function offerProbe(rows: Rows): void {
  const { endpoint } = rows;
  const now = rows.nowMs();
  if (!endpoint.open || endpoint.disabled || (endpoint.nextProbeAtMs ?? Infinity) > now) return;
  if ((endpoint.probeLeaseUntilMs ?? 0) >= now) return;
  if ((endpoint.probeOfferedAtMs ?? -Infinity) >= now - PROBE_MS) return;
  const lanes = waitingLanes(rows);
  const lane = lanes.find((each) => each !== endpoint.probeLane) ?? lanes[0];
  if (lane === undefined) return;
  Object.assign(endpoint, { probeLane: lane, probeOfferedAtMs: now, probeLeaseUntilMs: null });
  addOutboxRow(rows, { kind: 'wake_lane', target: lane });
}

/** `reopenEndpoint`: an operator enables it. */
export function reopenEndpoint(rows: Rows): void {
  rows.endpoint.disabled = false;
  closeBreaker(rows);
  wakeLanes(rows, 20);
}

/** `replayLetter` for an event. */
export function replayEvent(rows: Rows, event: CrmEvent): void {
  if (event.state !== 'dead') return;
  event.state = 'replay';
  addOutboxRow(rows, { kind: 'wake_lane', target: event.laneId });
}
