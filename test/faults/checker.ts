import { checkSends } from './check-sends.ts';
import { ARRIVED, entries, type Entry, messageStates, tookEffect } from './entries.ts';
import type { Call, Journals } from './journal.ts';

/** What a run came to: one line per finding, so that a count can be explained. */
export type Verdict = {
  accepted: number;
  lost: string[];
  duplicated: string[];
  outOfOrder: string[];
  /** Messages that ended as `unconfirmed`: allowed only where a scenario says so. */
  unconfirmed: string[];
  alertsLate: string[];
  exits: string[];
  /** Everything else: a status that is not true, a check of the scenario's own. */
  wrong: string[];
};

type CrmEvent = {
  id: string;
  type: string;
  account_id: string;
  conversation_id: string | null;
  sequence: number | null;
  data: { message_id?: string; sender_id?: string; text?: string | null };
};
type TakenEvent = { event: CrmEvent; raw: string };

const ALERT_LIMIT_MS = 60_000;

/**
 * Compares what was promised with what the platform, the CRM and the operators saw. Reads journals
 * and nothing else, and knows nothing of the faults that were injected.
 */
export function check(journals: Journals): Verdict {
  const verdict: Verdict = {
    accepted: 0,
    lost: [],
    duplicated: [],
    outOfOrder: [],
    unconfirmed: [],
    alertsLate: [],
    exits: entries(journals, 'exit').map((each) => `${each.process}: ${each.code ?? each.signal}`),
    wrong: entries(journals, 'finding').map((each) => each.what),
  };
  const accepted = entries(journals, 'accepted');
  const taken = entries(journals, 'taken');
  verdict.accepted = accepted.length + taken.length;
  const dead = deadSubjects(journals);
  checkSends(journals, accepted, verdict);
  const events = takenEvents(journals.crm, verdict);
  checkTold(journals, accepted, events, dead, verdict);
  checkHeard(journals, taken, events, dead, verdict);
  checkLanes(journals.crm, events, dead, verdict);
  checkOnce(journals, events, verdict);
  checkAlerts(journals, verdict);
  return verdict;
}

function deadSubjects({ states }: Journals): Set<string> {
  return new Set(states.flatMap((each) => (each.kind === 'dead_letter' ? [each.subjectId] : [])));
}

/** The events that the CRM took, each at the place where it was first taken. */
function takenEvents(calls: Call[], verdict: Verdict): TakenEvent[] {
  const taken = new Map<string, TakenEvent>();
  for (const call of calls.filter(tookEffect)) {
    const event = call.body as CrmEvent;
    const id = call.headers['webhook-id'] ?? event.id;
    const known = taken.get(id);
    if (!known) taken.set(id, { event, raw: call.raw });
    else if (known.raw !== call.raw) verdict.duplicated.push(`${id}: taken again with other bytes`);
  }
  return [...taken.values()];
}

/** Attempts that the CRM refused, by what the events were about. */
function refusedEvents(calls: Call[]): CrmEvent[] {
  return calls.filter((call) => !tookEffect(call)).map(({ body }) => body as CrmEvent);
}

/** The CRM hears what became of every message that it sent. */
function checkTold(
  journals: Journals,
  accepted: Entry<'accepted'>[],
  events: TakenEvent[],
  dead: Set<string>,
  verdict: Verdict,
): void {
  const states = messageStates(journals);
  const told = new Set(events.map(({ event }) => `${event.type} ${event.data.message_id}`));
  const given = new Set(
    refusedEvents(journals.crm)
      .filter(({ id }) => dead.has(id))
      .map((event) => `${event.type} ${event.data.message_id}`),
  );
  for (const { messageId } of accepted) {
    const status = states.get(messageId)?.status;
    if (!status || status === 'pending') continue;
    const type = `message.${ARRIVED.has(status) ? 'sent' : status} ${messageId}`;
    if (!told.has(type) && !given.has(type)) verdict.lost.push(`the CRM never got ${type}`);
  }
}

/** The CRM hears every word of a customer once, in the order in which they were taken. */
function checkHeard(
  journals: Journals,
  taken: Entry<'taken'>[],
  events: TakenEvent[],
  dead: Set<string>,
  verdict: Verdict,
): void {
  const keyOf = ({ account_id, data }: CrmEvent) => `${account_id} ${data.sender_id} ${data.text}`;
  const heard = new Map<string, number[]>();
  for (const [at, { event }] of events.entries())
    if (event.type === 'message.received')
      heard.set(keyOf(event), [...(heard.get(keyOf(event)) ?? []), at]);
  const given = new Set(
    refusedEvents(journals.crm)
      .filter(({ id }) => dead.has(id))
      .map(keyOf),
  );
  const highest = new Map<string, number>();
  for (const { account, customer, text, shuffled } of taken) {
    const key = `${account} ${customer} ${text}`;
    const places = heard.get(key) ?? [];
    if (places.length > 1) verdict.duplicated.push(`${key}: ${places.length} events`);
    if (given.has(key)) continue;
    const [at] = places;
    if (at === undefined) {
      verdict.lost.push(`the CRM never heard ${key}`);
      continue;
    }
    const lane = `${account} ${customer}`;
    if (!shuffled && at < (highest.get(lane) ?? -1))
      verdict.outOfOrder.push(`${key}: before an earlier word`);
    highest.set(lane, Math.max(at, highest.get(lane) ?? -1));
  }
}

/** `sequence` rises by one in each conversation; only a dead letter leaves a gap or comes late. */
function checkLanes(
  calls: Call[],
  events: TakenEvent[],
  dead: Set<string>,
  verdict: Verdict,
): void {
  const place = (event: CrmEvent) =>
    `${event.conversation_id ?? event.account_id} ${event.sequence}`;
  const given = new Set(
    refusedEvents(calls)
      .filter(({ id }) => dead.has(id))
      .map(place),
  );
  const inLanes = events.map(({ event }) => event).filter(({ sequence }) => sequence !== null);
  const lanes = Map.groupBy(inLanes, (event) => event.conversation_id ?? event.account_id);
  for (const [lane, inLane] of lanes) {
    const present = new Set(inLane.map(({ sequence }) => sequence));
    let highest = 0;
    for (const { id, sequence } of inLane) {
      if ((sequence ?? 0) < highest && !dead.has(id))
        verdict.outOfOrder.push(`${lane}: sequence ${sequence} after ${highest}`);
      highest = Math.max(highest, sequence ?? 0);
    }
    if (present.size < inLane.length) verdict.duplicated.push(`${lane}: a sequence given twice`);
    for (let at = 1; at < highest; at += 1)
      if (!present.has(at) && !given.has(`${lane} ${at}`))
        verdict.lost.push(`${lane}: a gap at ${at} without a dead letter`);
  }
}

const ONCE = /^message\.(received|sent|delivered|read|failed|unconfirmed)$/;

/** After the receiver's own deduplication nothing is said twice. */
function checkOnce(journals: Journals, events: TakenEvent[], verdict: Verdict): void {
  const requeued = new Set(entries(journals, 'requeued').map(({ messageId }) => messageId));
  const seen = new Set<string>();
  for (const { event } of events) {
    const id = event.data.message_id;
    if (!ONCE.test(event.type) || id === undefined) continue;
    // A message that is tried anew may fail anew.
    if (requeued.has(id) && /failed|unconfirmed/.test(event.type)) continue;
    const what = `${event.type} ${id}`;
    if (seen.has(what)) verdict.duplicated.push(`${what}: two events`);
    seen.add(what);
  }
}

/** In time: raised before the minute was over, and not over before the cause began. */
function checkAlerts(journals: Journals, verdict: Verdict): void {
  for (const due of entries(journals, 'alert_due')) {
    const same = journals.alerts.filter(
      ({ cause, account }) => cause === due.cause && account === due.account,
    );
    const last = same.filter(({ at }) => at <= due.at + ALERT_LIMIT_MS);
    const inTime = last.some(({ at, state }) => state === 'raised' && at >= due.at);
    const already = last.filter(({ at }) => at < due.at).at(-1)?.state === 'raised';
    if (!inTime && !already)
      verdict.alertsLate.push(`${due.cause}${due.account === null ? '' : ` on ${due.account}`}`);
  }
}
