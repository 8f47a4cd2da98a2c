import {
  addCrmEvent,
  addOutboxRow,
  advanceLane,
  requeue,
  resolveGivenUp,
  resolveSent,
  wakeMessage,
} from './model.ts';
import type { Message, Rows } from './rows.ts';

/** What people and the reconciler do: `message-action-store`, `change-account`, `reconcile-store`. */

const isUnsent = (message: Message, part: number) => message.parts[part - 1]?.sentAtMs === null;

/** `resend`. */
export function resend(rows: Rows, message: Message): void {
  if (message.resolvedAtMs !== null) return void requeue(rows, message);
  const inFlight = message.attempts.some(({ outcome }) => outcome === null);
  if (message.status !== 'unconfirmed' || inFlight) return;
  message.status = 'pending';
  message.possibleDuplicate = true;
  message.waitReason = null;
  goOnNow(rows, message);
}

/** `goOnNow`. */
function goOnNow(rows: Rows, message: Message): void {
  for (const attempt of message.attempts) attempt.evidenceUntilMs = null;
  message.nextAttemptAtMs = rows.nowMs();
  message.waitReason = null;
  wakeMessage(rows, message);
}

/** `confirm`; says which parts a person vouches for. */
export function confirm(rows: Rows, message: Message): number[] {
  if (message.status !== 'unconfirmed') return [];
  const inDoubt = message.attempts
    .filter(({ outcome, part }) => outcome === 'unknown' && isUnsent(message, part))
    .map(({ part }) => part);
  const vouched = inDoubt.length > 0 ? inDoubt : message.parts.map((_, index) => index + 1);
  for (const part of vouched) {
    const row = message.parts[part - 1];
    if (row) row.sentAtMs ??= rows.nowMs();
  }
  const resolved = message.resolvedAtMs !== null;
  if (message.parts.every(({ sentAtMs }) => sentAtMs !== null)) {
    resolveSent(rows, message);
    if (!resolved) wakeMessage(rows, message);
  } else if (resolved) requeue(rows, message);
  else goOnNow(rows, message);
  return vouched;
}

/** `cancel`, and `letGo`. */
export function cancel(rows: Rows, message: Message): void {
  if (message.resolvedAtMs === null && message.waitReason === 'held') {
    resolveGivenUp(rows, message, { status: 'unconfirmed', errorClass: 'cancelled' });
    wakeMessage(rows, message);
    return;
  }
  const uncertain = message.attempts.some(
    ({ outcome, part }) => outcome === null || (outcome === 'unknown' && isUnsent(message, part)),
  );
  if (message.status !== 'pending' || uncertain) return;
  resolveGivenUp(rows, message, { status: 'failed', errorClass: 'cancelled' });
  wakeMessage(rows, message);
}

/** `changeAccount` with a new token: `resumeSending`. */
export function renewToken(rows: Rows): void {
  const { account } = rows;
  const wasPaused = account.paused;
  account.credentialVersion += 1;
  account.paused = false;
  for (const lane of rows.conversations.values()) {
    const head = lane.headId === null ? undefined : rows.messages.get(lane.headId);
    if (!head || head.resolvedAtMs !== null) continue;
    if (head.waitReason === 'account_paused') head.nextAttemptAtMs = rows.nowMs();
    wakeMessage(rows, head);
  }
  if (wasPaused) addCrmEvent(rows, account.id, 'account.resumed');
}

export type Expected =
  { kind: 'message'; message: Message; round: number } | { kind: 'lane'; laneId: string };

/** `advanceStuckLanes`. */
export function advanceStuckLanes(rows: Rows): void {
  for (const { id, headId } of rows.conversations.values()) {
    const head = headId === null ? undefined : rows.messages.get(headId);
    if (!head || head.resolvedAtMs !== null) advanceLane(rows, id);
  }
}

/** `findExpected`. */
export function findExpected(rows: Rows, olderThanMs: number): Expected[] {
  const before = rows.nowMs() - olderThanMs;
  const isTold = (target: string) => rows.outbox.some((row) => row.target === target);
  const expected: Expected[] = [];
  for (const { headId } of rows.conversations.values()) {
    const head = headId === null ? undefined : rows.messages.get(headId);
    if (head && head.resolvedAtMs === null && (head.becameHeadAtMs ?? 0) < before)
      if (!isTold(head.id)) expected.push({ kind: 'message', message: head, round: head.round });
  }
  const lanes = rows.events
    .filter(({ state, storedAtMs }) => isWaiting(state) && storedAtMs < before)
    .map(({ laneId }) => laneId);
  for (const laneId of new Set(lanes)) if (!isTold(laneId)) expected.push({ kind: 'lane', laneId });
  return expected;
}

const isWaiting = (state: string) => state === 'pending' || state === 'replay';

/** `revive`. */
export function revive(rows: Rows, expected: Expected): void {
  const isTold = (kind: string, target: string) =>
    rows.outbox.some((row) => row.kind === kind && row.target === target);
  if (expected.kind === 'lane') {
    const { laneId } = expected;
    const waits = rows.events.some((event) => event.laneId === laneId && isWaiting(event.state));
    if (waits && !isTold('events_ready', laneId))
      addOutboxRow(rows, { kind: 'events_ready', target: laneId });
    return;
  }
  const { message, round } = expected;
  const isHead = rows.conversations.get(message.conversationId)?.headId === message.id;
  if (message.round !== round || message.resolvedAtMs !== null || !isHead) return;
  if (isTold('send_message', message.id)) return;
  if (rows.mechanisms.rounds) message.round += 1;
  addOutboxRow(rows, { kind: 'send_message', target: message.id, round: message.round });
}
