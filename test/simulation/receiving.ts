import { advances } from '../../src/domain/message.ts';
import { addCrmEvent, applyProof, resolveGivenUp } from './model.ts';
import type { Attempt, Message, Parked, PlatformEvent, Rows } from './rows.ts';

/** What a platform's webhooks do: `inbound-event`, `platform-status`, `evidence`, `parked-store`. */

const REORDER_WINDOW_MS = 250;
const UNCLAIMED_MS = 60_000;

/** `InboundStore.receive` for one event: the same key a second time changes nothing. */
export function receive(rows: Rows, event: PlatformEvent): void {
  if (rows.seenEvents.has(event.key)) return;
  rows.seenEvents.add(event.key);
  switch (event.kind) {
    case 'message':
      return addCrmEvent(rows, event.conversationId, 'message.received', event.key, {
        platformTimeMs: event.atMs,
        windowMs: REORDER_WINDOW_MS,
      });
    case 'echo':
      if (!applyEcho(rows, event)) rows.parked.push({ event, parkedAtMs: rows.nowMs() });
      return;
    case 'status':
      if (!applyStatus(rows, event)) rows.parked.push({ event, parkedAtMs: rows.nowMs() });
      else if (event.status !== 'failed') rows.account.evidenceSeenAtMs = rows.nowMs();
  }
}

type Status = Extract<PlatformEvent, { kind: 'status' }>;
type Echo = Extract<PlatformEvent, { kind: 'echo' }>;

/** `applyEcho`; false: it waits for the send that it may belong to. */
function applyEcho(rows: Rows, event: Echo): boolean {
  const settled = findPart(rows, event.platformId) ? 'proof' : settleEcho(rows, event);
  if (settled === 'proof') rows.account.evidenceSeenAtMs = rows.nowMs();
  return settled !== 'open';
}

/** `findAttemptForEcho`. */
function findAttemptForEcho(
  rows: Rows,
  event: Echo,
): { message: Message; part: number } | undefined {
  let first: { message: Message; attempt: Attempt } | undefined;
  for (const message of rows.messages.values()) {
    if (message.conversationId !== event.conversationId) continue;
    for (const attempt of message.attempts) {
      const part = message.parts[attempt.part - 1];
      if (attempt.outcome !== 'unknown' || part?.sentAtMs !== null || part.text !== event.text)
        continue;
      if (attempt.startedAtMs > event.atMs) continue;
      if (!first || attempt.startedAtMs < first.attempt.startedAtMs) first = { message, attempt };
    }
  }
  return first && { message: first.message, part: first.attempt.part };
}

/** `findParkedProof`. */
export function findParkedProof(
  rows: Rows,
  message: Message,
  attempt: Attempt,
): string | undefined {
  const text = message.parts[attempt.part - 1]?.text;
  const index = rows.parked.findIndex(
    ({ event }) =>
      event.kind === 'echo' &&
      event.conversationId === message.conversationId &&
      event.text === text &&
      event.atMs >= attempt.startedAtMs,
  );
  return index === -1 ? undefined : rows.parked.splice(index, 1)[0]?.event.platformId;
}

/** `applyParked`. */
export function applyParked(rows: Rows, platformId: string): void {
  const mine = rows.parked.filter(({ event }) => event.platformId === platformId);
  applyRows(rows, mine);
  if (mine.length > 0) rows.account.evidenceSeenAtMs = rows.nowMs();
}

/** `applyParkedByCallback`. */
export function applyParkedByCallback(rows: Rows, attempt: Attempt): boolean {
  const mine = rows.parked.filter(
    ({ event }) =>
      event.kind === 'status' &&
      event.callback?.messageId === attempt.messageId &&
      event.callback.part === attempt.part,
  );
  applyRows(rows, mine);
  return mine.length > 0;
}

/** `applyRows`. */
function applyRows(rows: Rows, parked: Parked[]): void {
  for (const row of parked)
    if (row.event.kind !== 'status' || applyStatus(rows, row.event))
      rows.parked = rows.parked.filter((each) => each !== row);
}

function findPart(rows: Rows, platformId: string): { message: Message; part: number } | undefined {
  for (const message of rows.messages.values()) {
    const index = message.parts.findIndex((part) => part.platformId === platformId);
    if (index !== -1) return { message, part: index + 1 };
  }
  return undefined;
}

/** `applyStatus`. */
function applyStatus(rows: Rows, event: Status): boolean {
  const callback = event.callback && {
    message: rows.messages.get(event.callback.messageId),
    part: event.callback.part,
  };
  const found = findPart(rows, event.platformId) ?? callback;
  const part = found?.message?.parts[found.part - 1];
  if (!found?.message || !part) return false;
  const { message } = found;
  if (event.status === 'failed') {
    const inFlight = message.attempts.some(
      (each) =>
        each.outcome === null || (each.part !== found.part && each.evidenceUntilMs !== null),
    );
    if (inFlight) return false;
    applyPlatformFailure(rows, message, found.part, event.platformId);
    return true;
  }
  if (part.sentAtMs === null) applyProof(rows, message, found.part, event.platformId);
  const last = found.part === message.parts.length;
  if (last && event.status !== 'sent' && advances(message.status, event.status)) {
    message.status = event.status;
    addCrmEvent(rows, message.conversationId, `message.${event.status}`, message.id);
  }
  return true;
}

/** `applyPlatformFailure`, with `newest` as `findPart` has it. */
function applyPlatformFailure(
  rows: Rows,
  message: Message,
  part: number,
  platformId: string,
): void {
  const sentAtMs = message.parts[part - 1]?.sentAtMs ?? null;
  const newest = !message.attempts.some(
    (each) => each.part === part && each.startedAtMs > (sentAtMs ?? each.startedAtMs),
  );
  if (!['pending', 'unconfirmed', 'sent'].includes(message.status) || !newest) return;
  refuseAttempt(message, part, platformId);
  resolveGivenUp(rows, message, { status: 'failed', errorClass: 'platform' });
}

/** `refuseAttempt`. */
function refuseAttempt(message: Message, part: number, platformId: string): void {
  const mine = message.attempts.filter((each) => each.part === part);
  const refused = mine.findLast((each) => each.platformId === platformId) ?? mine.at(-1);
  if (refused) Object.assign(refused, { outcome: 'refused', platformId, evidenceUntilMs: null });
  const row = message.parts[part - 1];
  if (row) row.platformId = platformId;
}

/** `ParkedStore.sweep`. */
export function sweepParked(rows: Rows): void {
  for (const parked of [...rows.parked]) {
    const { event } = parked;
    if (!rows.parked.includes(parked)) continue;
    if (findPart(rows, event.platformId)) applyParked(rows, event.platformId);
    else if (event.kind === 'echo' && parked.parkedAtMs < rows.nowMs() - UNCLAIMED_MS)
      if (settleEcho(rows, event) !== 'open')
        rows.parked = rows.parked.filter((each) => each !== parked);
  }
}

/** `settleEcho`: nobody claims it, so a person typed it, unless a send is still open. */
function settleEcho(rows: Rows, event: Echo): 'proof' | 'open' | 'told' {
  const attempt = findAttemptForEcho(rows, event);
  if (attempt) {
    applyProof(rows, attempt.message, attempt.part, event.platformId);
    return 'proof';
  }
  for (const message of rows.messages.values())
    if (message.conversationId === event.conversationId)
      for (const { outcome, part } of message.attempts) {
        if (message.parts[part - 1]?.sentAtMs !== null) continue;
        if (outcome === null || (outcome === 'unknown' && message.resolvedAtMs === null))
          return 'open';
      }
  addCrmEvent(rows, event.conversationId, 'message.sent', `app-${event.platformId}`);
  return 'told';
}
