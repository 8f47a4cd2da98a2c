import type { Verdict } from './checker.ts';
import {
  ARRIVED,
  entries,
  type Entry,
  messageStates,
  type MessageState,
  tookEffect,
} from './entries.ts';
import type { Journals } from './journal.ts';

type Accepted = Entry<'accepted'>;
/** A send that took effect: its place among all of them, and when it came. */
type Arrival = { place: number; at: number };
/** A message has to arrive once for each: where it stands in its lane, and where that copy came. */
type Claim = { lane: string; since: number; arrival: Arrival; messageId: string };

/**
 * The platform's side: every accepted message once, in the order of acceptance; one that was put
 * back into its lane once more, behind what stood there by then.
 */
export function checkSends(journals: Journals, accepted: Accepted[], verdict: Verdict): void {
  const states = messageStates(journals);
  const arrivals = new Map<string, Arrival[]>();
  for (const [place, call] of journals.platform.entries()) {
    if (call.send === null || !tookEffect(call)) continue;
    const key = keyOf(call.send);
    arrivals.set(key, [...(arrivals.get(key) ?? []), { place, at: call.at }]);
  }
  const requeues = Map.groupBy(entries(journals, 'requeued'), ({ messageId }) => messageId);
  const places = new Map(journals.driver.map((entry, place) => [entry, place]));
  const claims: Claim[] = [];
  for (const each of accepted) {
    const copies = arrivals.get(keyOf(each)) ?? [];
    judgeSend(each, states.get(each.messageId), copies, verdict);
    const again = requeues.get(each.messageId) ?? [];
    judgeRequeues(again, copies, states.get(each.messageId), verdict);
    claims.push(...claimsOf([each, ...again], copies, places, each));
  }
  const known = new Set(accepted.map(keyOf));
  for (const [arrival] of arrivals)
    if (!known.has(arrival)) verdict.wrong.push(`the platform got what nobody sent: ${arrival}`);
  checkSendOrder(claims, verdict);
}

function keyOf({ customer, text }: { customer: string; text: string }): string {
  return `${customer}\n${text}`;
}

function judgeSend(
  { messageId, may = ['sent'], refusedLater = false }: Accepted,
  state: MessageState | undefined,
  { length: times }: Arrival[],
  verdict: Verdict,
): void {
  const status = state?.status ?? null;
  if (status === null) return void verdict.lost.push(`${messageId}: unknown to the router`);
  if (status === 'unconfirmed') verdict.unconfirmed.push(messageId);
  const kind = ARRIVED.has(status) ? 'sent' : status;
  if (!may.includes(kind)) verdict.lost.push(`${messageId}: ended ${status}`);
  if (kind === 'sent' && times === 0)
    verdict.lost.push(`${messageId}: ${status}, but the platform never had it`);
  if (kind === 'failed' && times > 0 && !refusedLater)
    verdict.wrong.push(`${messageId}: failed, but the platform has it`);
  if (times > 1 && state?.possibleDuplicate !== true)
    verdict.duplicated.push(`${messageId}: the platform has it ${times} times`);
}

/** A mark allows a second copy; it does not allow one that nobody asked for. */
function judgeRequeues(
  requeues: Entry<'requeued'>[],
  copies: Arrival[],
  state: MessageState | undefined,
  verdict: Verdict,
): void {
  for (const [turn, { at, messageId, once }] of requeues.entries()) {
    if (!once) continue;
    const end = requeues[turn + 1]?.at ?? Infinity;
    const times = copies.filter((copy) => copy.at >= at && copy.at < end).length;
    if (times > 1)
      verdict.duplicated.push(`${messageId}: asked for once more, it came ${times} times`);
    if (times === 0) verdict.lost.push(`${messageId}: asked for once more, it never came`);
    if (copies.some((copy) => copy.at < at) && state?.possibleDuplicate !== true)
      verdict.wrong.push(`${messageId}: a second copy without the mark`);
  }
}

/** The first copy since it was accepted, and since each time that it was put back. */
function claimsOf(
  asked: (Accepted | Entry<'requeued'>)[],
  copies: Arrival[],
  places: Map<object, number>,
  { messageId, account, customer }: Accepted,
): Claim[] {
  return asked.flatMap((entry, turn) => {
    const from = turn === 0 ? -Infinity : entry.at;
    const end = asked[turn + 1]?.at ?? Infinity;
    const arrival = copies.find(({ at }) => at >= from && at < end);
    if (!arrival) return [];
    const since = places.get(entry) ?? 0;
    return { lane: `${account} ${customer}`, since, arrival, messageId };
  });
}

function checkSendOrder(claims: Claim[], verdict: Verdict): void {
  for (const inLane of Map.groupBy(claims, ({ lane }) => lane).values()) {
    let highest = -1;
    for (const { arrival, messageId } of inLane.toSorted((a, b) => a.since - b.since)) {
      if (arrival.place < highest) verdict.outOfOrder.push(`${messageId}: before an earlier one`);
      highest = Math.max(highest, arrival.place);
    }
  }
}
