import type { Conversation, CrmEvent, Message, OutboxRow, Rows } from './rows.ts';

/**
 * What the transactions of `src/database` do to a lane, over rows in memory. Each function names the
 * one that it restates; a caller runs it without a pause, which is what a transaction is here.
 */

/** `addOutboxRow`. */
export function addOutboxRow(
  rows: Rows,
  row: { kind: OutboxRow['kind']; target: string; round?: number; delayMs?: number },
): void {
  rows.onOutboxRow({
    kind: row.kind,
    target: row.target,
    round: row.round ?? 1,
    notBeforeMs: rows.nowMs() + (row.delayMs ?? 0),
    lockedBy: null,
  });
}

/** `addCrmEvent`. */
export function addCrmEvent(
  rows: Rows,
  laneId: string,
  type: string,
  messageId: string | null = null,
  customer?: { platformTimeMs: number; windowMs: number },
): void {
  const lane = conversationOf(rows, laneId);
  lane.eventArrival += 1;
  const event: CrmEvent = {
    id: `whd-${rows.events.length + 1}`,
    laneId,
    type,
    messageId,
    arrival: lane.eventArrival,
    fromCustomer: customer !== undefined,
    platformTimeMs: customer?.platformTimeMs ?? null,
    heldUntilMs: rows.nowMs() + (customer?.windowMs ?? 0),
    storedAtMs: rows.nowMs(),
    sequence: null,
    state: 'pending',
    wasDead: false,
    attempts: 0,
    firstAttemptAtMs: 0,
    nextAttemptAtMs: null,
  };
  rows.events.push(event);
  addOutboxRow(rows, { kind: 'events_ready', target: laneId });
}

/** A conversation's row, or the account's, which stands in for one. */
export function conversationOf(rows: Rows, id: string): Conversation {
  const known = rows.conversations.get(id);
  if (known) return known;
  const made = { id, headId: null, laneSeq: 0, eventArrival: 0, eventSequence: 0 };
  rows.conversations.set(id, made);
  return made;
}

export function messageOf(rows: Rows, id: string): Message {
  const message = rows.messages.get(id);
  if (!message) throw new Error(`no message ${id}`);
  return message;
}

/** `advanceLane`. Where the later statement is off, it sees the lane as it was at the lock. */
export function advanceLane(
  rows: Rows,
  conversationId: string,
  startInMs = 0,
): Message | undefined {
  const lane = conversationOf(rows, conversationId);
  const { stale } = rows;
  const headId = stale ? stale.headId : lane.headId;
  const isOpen = (message: Message) =>
    stale?.unresolved.has(message.id) === true
      ? !touchedNow(rows, message)
      : (stale === null || !stale.all.has(message.id) || touchedNow(rows, message)) &&
        message.resolvedAtMs === null;
  const sees = (message: Message) =>
    stale === null || stale.all.has(message.id) || touchedNow(rows, message);
  const head = headId === null ? undefined : rows.messages.get(headId);
  if (head && isOpen(head)) return undefined;
  let next: Message | undefined;
  for (const message of rows.messages.values())
    if (message.conversationId === conversationId && sees(message) && isOpen(message))
      if (!next || message.laneSeq < next.laneSeq) next = message;
  if (!next && headId === null) return undefined;
  lane.headId = next?.id ?? null;
  if (!next) return undefined;
  next.becameHeadAtMs = rows.nowMs();
  addOutboxRow(rows, {
    kind: 'send_message',
    target: next.id,
    round: next.round,
    delayMs: startInMs,
  });
  return next;
}

/** A transaction sees what it has written itself, however old its snapshot is. */
function touchedNow(rows: Rows, message: Message): boolean {
  const now = rows.nowMs();
  return message.createdAtMs === now || message.resolvedAtMs === now;
}

/** What a statement that locks and looks at once goes by: the lane before the lock was granted. */
export function snapshotLane(rows: Rows, conversationId: string): void {
  const all = [...rows.messages.values()].filter((m) => m.conversationId === conversationId);
  rows.stale = {
    headId: conversationOf(rows, conversationId).headId,
    unresolved: new Set(all.filter((m) => m.resolvedAtMs === null).map((m) => m.id)),
    all: new Set(all.map((m) => m.id)),
  };
}

/** `MessageStore.accept` with `storeOutgoing`: the same id a second time changes nothing. */
export function accept(
  rows: Rows,
  given: { id: string; conversationId: string; texts: string[] },
): void {
  if (rows.messages.has(given.id)) return;
  const lane = conversationOf(rows, given.conversationId);
  lane.laneSeq += 1;
  rows.messages.set(given.id, {
    id: given.id,
    conversationId: given.conversationId,
    laneSeq: lane.laneSeq,
    round: 1,
    status: 'pending',
    resolvedAtMs: null,
    becameHeadAtMs: null,
    nextAttemptAtMs: null,
    waitReason: null,
    delayed: false,
    possibleDuplicate: false,
    errorClass: null,
    createdAtMs: rows.nowMs(),
    parts: given.texts.map((text) => ({ text, attempts: 0, platformId: null, sentAtMs: null })),
    attempts: [],
  });
  advanceLane(rows, given.conversationId);
}

/** `resolveSent`. */
export function resolveSent(rows: Rows, message: Message, startNextInMs = 0): Message | undefined {
  message.status = 'sent';
  message.resolvedAtMs ??= rows.nowMs();
  message.nextAttemptAtMs = null;
  message.waitReason = null;
  message.errorClass = null;
  addCrmEvent(rows, message.conversationId, 'message.sent', message.id);
  return advanceLane(rows, message.conversationId, startNextInMs);
}

/** `resolveGivenUp`. */
export function resolveGivenUp(
  rows: Rows,
  message: Message,
  given: { status: 'failed' | 'unconfirmed'; errorClass: string },
): void {
  message.status = given.status;
  message.resolvedAtMs = rows.nowMs();
  message.nextAttemptAtMs = null;
  message.waitReason = null;
  message.errorClass = given.errorClass;
  addCrmEvent(rows, message.conversationId, `message.${given.status}`, message.id);
  advanceLane(rows, message.conversationId);
}

/** `applyProof`. */
export function applyProof(rows: Rows, message: Message, part: number, platformId: string): void {
  const row = message.parts[part - 1];
  if (!row) return;
  row.platformId ??= platformId;
  row.sentAtMs ??= rows.nowMs();
  const open = message.attempts.findLast(
    (each) => each.part === part && (each.outcome === 'unknown' || each.outcome === null),
  );
  if (open) {
    open.outcome = 'sent';
    open.platformId = platformId;
    open.evidenceUntilMs = null;
  }
  const done = message.parts.every((each) => each.sentAtMs !== null);
  if (done && ['pending', 'unconfirmed', 'failed'].includes(message.status))
    resolveSent(rows, message);
  else Object.assign(message, { nextAttemptAtMs: null, waitReason: null });
  addOutboxRow(rows, { kind: 'wake_message', target: message.id, round: message.round });
}

/** `requeueMessage`. */
export function requeue(rows: Rows, message: Message): boolean {
  if (message.resolvedAtMs === null || !['failed', 'unconfirmed'].includes(message.status))
    return false;
  const lane = conversationOf(rows, message.conversationId);
  lane.laneSeq += 1;
  message.possibleDuplicate ||= message.status === 'unconfirmed';
  Object.assign(message, {
    status: 'pending',
    resolvedAtMs: null,
    round: message.round + 1,
    laneSeq: lane.laneSeq,
    becameHeadAtMs: null,
    nextAttemptAtMs: null,
    waitReason: null,
    delayed: false,
    errorClass: null,
  } satisfies Partial<Message>);
  message.parts.forEach((part, index) => {
    const isRefused = message.attempts.some(
      (each) =>
        each.part === index + 1 &&
        each.outcome === 'refused' &&
        each.platformId !== null &&
        each.platformId === part.platformId,
    );
    if (part.sentAtMs !== null && isRefused)
      Object.assign(part, { sentAtMs: null, platformId: null });
    if (part.sentAtMs === null) part.attempts = 0;
  });
  advanceLane(rows, message.conversationId);
  return true;
}

/** `wake` of `message-action-store.ts`. */
export function wakeMessage(rows: Rows, message: Message): void {
  addOutboxRow(rows, { kind: 'wake_message', target: message.id, round: message.round });
}
