import { ask } from './router-http.ts';

/** What these judges read of a call in the sandbox's ledger. */
export type LedgerCall = {
  /** Order of arrival. */
  seq: number;
  path: string;
  headers: Record<string, string>;
  body: unknown;
  raw: string;
  /** Null: the connection was cut. */
  status: number | null;
  /** The mode of a fault that was played. */
  fault: string | null;
};

/** What went wrong, one line per finding; all lists empty means: nothing did. */
export type Findings = {
  lost: string[];
  doubled: string[];
  outOfOrder: string[];
  /** A sequence that was passed over or begins late. */
  gaps: string[];
  /** The same event posted again after it was taken: allowed, but only after a fault or a crash. */
  repeated: string[];
};

/** A run in which nothing was lost, doubled or turned round. */
export const CLEAN: Findings = { lost: [], doubled: [], outOfOrder: [], gaps: [], repeated: [] };

/** Texts by customer, in the order in which they were accepted or written. */
export type Expected = Record<string, string[]>;

/** Reads what arrived at one side of the sandbox. */
export async function readLedger(
  sandboxUrl: string,
  side: 'instagram' | 'crm',
): Promise<LedgerCall[]> {
  const path = side === 'instagram' ? '/messages' : '/crm/webhooks';
  const url = `${sandboxUrl}/control/${side}/received?path=${path}&method=POST`;
  return (await ask<{ data: LedgerCall[] }>('GET', url)).body.data;
}

/** Whether the call had its effect, whatever the caller was told. */
export function tookEffect({ status, fault }: LedgerCall): boolean {
  return fault?.startsWith('apply') === true || (status !== null && status >= 200 && status < 300);
}

/** Compares the messages that the platform took with those that were accepted. */
export function judgeSends(expected: Expected, calls: LedgerCall[]): Findings {
  const arrived = calls.filter(tookEffect).flatMap(({ body }) => {
    const { recipient, message } = body as { recipient: { id: string }; message: { text: string } };
    return [{ customer: recipient.id, text: message.text }];
  });
  return judgeTexts(
    expected,
    Map.groupBy(arrived, ({ customer }) => customer),
  );
}

type CrmEvent = {
  id: string;
  type: string;
  account_id: string;
  conversation_id: string | null;
  sequence: number | null;
  data: { message_id?: string; sender_id?: string; text?: string | null; timestamp?: string };
};
type TakenEvent = { event: CrmEvent; raw: string };

/**
 * Compares the events that the CRM took with what customers wrote; every lane's sequence must run
 * from 1 without a gap, in order of arrival, whatever the types of the events.
 */
export function judgeEvents(expected: Expected, calls: LedgerCall[]): Findings {
  const taken = calls.filter(tookEffect).map(({ body, raw }) => ({ event: body as CrmEvent, raw }));
  const byId = Map.groupBy(taken, ({ event }) => event.id);
  const first = [...byId.values()].flatMap((same) => same.slice(0, 1));
  const received = first.flatMap(({ event: { type, data } }) =>
    type === 'message.received' ? [{ customer: data.sender_id ?? '', text: data.text ?? '' }] : [],
  );
  const findings = judgeTexts(
    expected,
    Map.groupBy(received, ({ customer }) => customer),
  );
  judgeSequences(first, findings);
  judgeRepeats(byId, first, findings);
  return findings;
}

function judgeTexts(expected: Expected, found: Map<string, { text: string }[]>): Findings {
  const findings: Findings = { lost: [], doubled: [], outOfOrder: [], gaps: [], repeated: [] };
  const customers = new Set([...Object.keys(expected), ...found.keys()]);
  for (const customer of customers) {
    const wanted = expected[customer] ?? [];
    const texts = (found.get(customer) ?? []).map(({ text }) => text);
    const once = [...new Set(texts)];
    findings.lost.push(...wanted.filter((text) => !texts.includes(text)).map(of(customer)));
    findings.doubled.push(
      ...once.filter((text) => texts.filter((each) => each === text).length > 1).map(of(customer)),
      // What nobody wrote came from somewhere: from another customer, or from an echo.
      ...once.filter((text) => !wanted.includes(text)).map(of(customer)),
    );
    const present = wanted.filter((text) => texts.includes(text));
    const known = once.filter((text) => wanted.includes(text));
    findings.outOfOrder.push(...known.filter((text, at) => text !== present[at]).map(of(customer)));
  }
  return findings;
}

function of(customer: string): (text: string) => string {
  return (text) => `${customer}: ${text}`;
}

function judgeSequences(events: TakenEvent[], findings: Findings): void {
  const lanes = Map.groupBy(events, ({ event }) => event.conversation_id ?? event.account_id);
  for (const [lane, inLane] of lanes) {
    const sequences = inLane.flatMap(({ event }) => event.sequence ?? []);
    for (let number = 1; number <= Math.max(0, ...sequences); number += 1)
      if (!sequences.includes(number)) findings.gaps.push(`${lane}: ${number}`);
    for (const [at, number] of sequences.entries())
      if (number < Math.max(0, ...sequences.slice(0, at)))
        findings.outOfOrder.push(`${lane}: sequence ${number}`);
      else if (sequences.indexOf(number) !== at)
        findings.doubled.push(`${lane}: sequence ${number}`);
    const sentAt = inLane
      .filter(({ event }) => event.type === 'message.sent')
      .map(({ event }) => event.data.timestamp ?? '');
    for (const [at, time] of sentAt.entries())
      if (time < (sentAt[at - 1] ?? '')) findings.outOfOrder.push(`${lane}: sent at ${time}`);
  }
}

function judgeRepeats(
  byId: Map<string, TakenEvent[]>,
  first: TakenEvent[],
  findings: Findings,
): void {
  for (const [id, same] of byId) {
    if (same.length > 1) findings.repeated.push(id);
    // A receiver that deduplicates by id would never see the other content.
    if (new Set(same.map(({ raw }) => raw)).size > 1)
      findings.doubled.push(`${id}: other bytes than before`);
  }
  const onceOnly = first.filter(({ event: { type } }) =>
    /^message\.(received|sent|delivered|read|failed)$/.test(type),
  );
  const byMessage = Map.groupBy(onceOnly, ({ event }) => `${event.type} ${event.data.message_id}`);
  for (const [what, events] of byMessage)
    if (events.length > 1) findings.doubled.push(`${what}: two events`);
}
