import { beforeEach, describe, expect, it } from '@jest/globals';
import { check, type Verdict } from './checker.ts';
import type { Call, DriverEntry, Journals, PlatformCall } from './journal.ts';

const ACCOUNT = 'acc_1';
const NOW = 1_800_000_000_000;

let journals: Journals;
beforeEach(() => {
  journals = { driver: [], platform: [], crm: [], alerts: [], states: [] };
  sent('m1', 'one');
  sent('m2', 'two');
  heard('first');
  heard('second');
  for (const [at, event] of [
    { type: 'message.sent', id: 'm1' },
    { type: 'message.sent', id: 'm2' },
    { type: 'message.received', id: 'i1', text: 'first' },
    { type: 'message.received', id: 'i2', text: 'second' },
  ].entries())
    journals.crm.push(webhook(at + 1, event));
});

/** Accepted, arrived, and known as sent. */
function sent(messageId: string, text: string): void {
  journals.driver.push({ ...place, kind: 'accepted', messageId, text });
  journals.platform.push(send(text));
  state(messageId, 'sent');
}

function heard(text: string): void {
  journals.driver.push({ ...place, kind: 'taken', text });
}

const place = { at: NOW, account: ACCOUNT, customer: 'c1' };

function send(text: string, more: Partial<PlatformCall> = {}): PlatformCall {
  return { ...call({}), path: '/messages', at: NOW, send: { customer: 'c1', text }, ...more };
}

/** Put back into its lane a second later. */
function requeued(messageId: string, once = false): void {
  journals.driver.push({ kind: 'requeued', at: NOW + 1_000, messageId, once });
}

const again = { at: NOW + 2_000 };

type Event = { type: string; id: string; text?: string };

function webhook(sequence: number, { type, id, text }: Event, more: Partial<Call> = {}): Call {
  const data = { message_id: id, ...(text !== undefined && { sender_id: 'c1', text }) };
  const about = { account_id: ACCOUNT, conversation_id: 'conv_1', sequence };
  const event = { id: `whd_${sequence}`, type, ...about, data };
  return { ...call(event), headers: { 'webhook-id': event.id }, ...more };
}

function call(body: unknown): Call {
  const raw = JSON.stringify(body);
  return { path: '/crm/webhooks', headers: {}, body, raw, status: 200, fault: null };
}

function state(messageId: string, status: string | null, possibleDuplicate = false): void {
  journals.states = journals.states.filter(
    (each) => each.kind !== 'message' || each.messageId !== messageId,
  );
  journals.states.push({ kind: 'message', messageId, status, possibleDuplicate });
}

function deadLetter(subjectId: string): void {
  journals.states.push({ kind: 'dead_letter', of: 'webhook', subjectId, state: 'open' });
}

function without<Kind extends Call>(list: Kind[], place: number): Kind {
  return list.splice(place, 1)[0] as Kind;
}

/** Names of the columns that are not empty. */
function columns(): string[] {
  const { accepted: _, ...lists } = check(journals) satisfies Verdict;
  return Object.entries(lists).flatMap(([name, list]) => (list.length > 0 ? [name] : []));
}

it('finds nothing in a run in which nothing went wrong', () => {
  expect(check(journals)).toEqual({
    accepted: 4,
    lost: [],
    duplicated: [],
    outOfOrder: [],
    unconfirmed: [],
    alertsLate: [],
    exits: [],
    wrong: [],
  });
});

describe('lost', () => {
  it('is a message that the router does not know any more', () => {
    state('m1', null);
    expect(columns()).toEqual(['lost']);
  });

  it('is a message that is still waiting', () => {
    state('m2', 'pending');
    expect(columns()).toEqual(['lost']);
  });

  it('is a message that is called sent and never arrived', () => {
    without(journals.platform, 0);
    expect(columns()).toEqual(['lost']);
  });

  it('is a message that failed, unless the scenario made it fail', () => {
    without(journals.platform, 1);
    without(journals.crm, 1);
    journals.crm.splice(1, 0, webhook(2, { type: 'message.failed', id: 'm2' }));
    state('m2', 'failed');
    expect(columns()).toEqual(['lost']);
    Object.assign(journals.driver[1] as DriverEntry, { may: ['failed'] });
    expect(columns()).toEqual([]);
  });

  it('is a message asked for once more that does not come again', () => {
    state('m2', 'sent', true);
    requeued('m2', true);
    expect(columns()).toEqual(['lost']);
  });

  it('is an outcome of which the CRM never heard', () => {
    without(journals.crm, 1);
    journals.crm.forEach(({ body }, at) => Object.assign(body as object, { sequence: at + 1 }));
    expect(columns()).toEqual(['lost']);
  });

  it('is a word of a customer that the CRM refused and nobody kept', () => {
    journals.crm[3] = webhook(
      4,
      { type: 'message.received', id: 'i2', text: 'second' },
      { status: 400 },
    );
    expect(columns()).toEqual(['lost']);
    deadLetter('whd_4');
    expect(columns()).toEqual([]);
  });

  it('is a gap in the sequence without a dead letter', () => {
    const refused = webhook(2, { type: 'message.delivered', id: 'm1' }, { status: 500 });
    journals.crm = journals.crm.map((each, at) => {
      const { type, data } = each.body as { type: string; data: { message_id: string } };
      return at === 0 ? each : webhook(at + 2, { type, id: data.message_id, ...data });
    });
    journals.crm.splice(1, 0, refused);
    expect(columns()).toEqual(['lost']);
    deadLetter('whd_2');
    expect(columns()).toEqual([]);
  });
});

describe('duplicated', () => {
  it('is a message that the platform has twice, unless it is marked', () => {
    journals.platform.push(send('two'));
    expect(columns()).toEqual(['duplicated']);
    state('m2', 'sent', true);
    expect(columns()).toEqual([]);
  });

  it('is a second copy that took effect though its answer was cut', () => {
    journals.platform.push(send('two', { status: null, fault: 'apply-then-drop' }));
    expect(columns()).toEqual(['duplicated']);
  });

  it('is not a second try that the platform refused', () => {
    journals.platform.unshift(send('one', { status: 500 }));
    expect(columns()).toEqual([]);
  });

  it('is a message asked for once more that comes twice more, marked or not', () => {
    state('m2', 'sent', true);
    requeued('m2', true);
    journals.platform.push(send('two', again));
    expect(columns()).toEqual([]);
    journals.platform.push(send('two', again));
    expect(columns()).toEqual(['duplicated']);
  });

  it('is a word that comes as two events', () => {
    journals.crm.push(webhook(5, { type: 'message.received', id: 'i3', text: 'second' }));
    expect(columns()).toEqual(['duplicated']);
  });

  it('is not an event that is posted again as it was', () => {
    journals.crm.push(journals.crm[3] as Call);
    expect(columns()).toEqual([]);
  });

  it('is an event that is posted again with other bytes', () => {
    journals.crm.push({ ...(journals.crm[3] as Call), raw: '{}' });
    expect(columns()).toEqual(['duplicated']);
  });

  it('is the same outcome told by two events', () => {
    journals.crm.push(webhook(5, { type: 'message.sent', id: 'm1' }));
    expect(columns()).toEqual(['duplicated']);
  });
});

describe('out of order', () => {
  it('is a message that the platform got before an earlier one', () => {
    journals.platform.reverse();
    expect(columns()).toEqual(['outOfOrder']);
  });

  it('is not a message that somebody put back into its lane', () => {
    without(journals.platform, 0);
    requeued('m1');
    journals.platform.push(send('one', again));
    expect(columns()).toEqual([]);
  });

  it('is a message put back into its lane that overtakes what stood there', () => {
    without(journals.platform, 0);
    requeued('m1');
    journals.platform.unshift(send('one', again));
    expect(columns()).toEqual(['outOfOrder']);
  });

  it('is a message put back into its lane that lets a later one pass', () => {
    without(journals.platform, 0);
    requeued('m1');
    sent('m3', 'three');
    journals.crm.push(webhook(5, { type: 'message.sent', id: 'm3' }));
    journals.platform.push(send('one', again));
    expect(columns()).toEqual(['outOfOrder']);
  });

  it('is a word that the CRM got before an earlier one', () => {
    const words = { first: 3, second: 4 };
    journals.crm[2] = webhook(words.first, { type: 'message.received', id: 'i2', text: 'second' });
    journals.crm[3] = webhook(words.second, { type: 'message.received', id: 'i1', text: 'first' });
    expect(columns()).toEqual(['outOfOrder']);
  });

  it('is an event that comes after one with a higher sequence', () => {
    journals.crm.unshift(without(journals.crm, 1));
    expect(columns()).toEqual(['outOfOrder']);
  });

  it('is not a dead letter that was replayed later', () => {
    journals.crm.push(without(journals.crm, 0));
    deadLetter('whd_1');
    expect(columns()).toEqual([]);
  });
});

describe('late', () => {
  const due = { kind: 'alert_due', at: NOW, cause: 'dead_letter', account: ACCOUNT } as const;
  const alert = { cause: 'dead_letter', account: ACCOUNT, state: 'raised' } as const;
  beforeEach(() => void journals.driver.push(due));

  it('is an alert that never comes', () => {
    expect(columns()).toEqual(['alertsLate']);
  });

  it('is an alert that comes after a minute', () => {
    journals.alerts.push({ ...alert, at: NOW + 61_000 });
    expect(columns()).toEqual(['alertsLate']);
  });

  it('is not an alert that comes in time', () => {
    journals.alerts.push({ ...alert, at: NOW + 5_000 });
    expect(columns()).toEqual([]);
  });

  it('is not an alert that was there before, but one that had ended', () => {
    journals.alerts.push({ ...alert, at: NOW - 5_000 });
    expect(columns()).toEqual([]);
    journals.alerts.push({ ...alert, at: NOW - 1_000, state: 'resolved' });
    expect(columns()).toEqual(['alertsLate']);
  });

  it('is an alert of another cause or another account', () => {
    journals.alerts.push({ ...alert, at: NOW, account: 'acc_2' });
    journals.alerts.push({ ...alert, at: NOW, cause: 'account_paused' });
    expect(columns()).toEqual(['alertsLate']);
  });
});

describe('everything else', () => {
  it('counts a process that ended by itself', () => {
    journals.driver.push({ kind: 'exit', at: NOW, process: 'worker', code: 1, signal: null });
    expect(columns()).toEqual(['exits']);
  });

  it('counts a message that is called failed and has arrived', () => {
    state('m2', 'failed');
    Object.assign(journals.driver[1] as DriverEntry, { may: ['failed'] });
    journals.crm[1] = webhook(2, { type: 'message.failed', id: 'm2' });
    expect(columns()).toEqual(['wrong']);
  });

  it('counts what the platform got and nobody sent', () => {
    journals.platform.push(send('three'));
    expect(columns()).toEqual(['wrong']);
  });

  it('counts a second copy that is asked for and not marked', () => {
    requeued('m2', true);
    journals.platform.push(send('two', again));
    expect(columns()).toEqual(['duplicated', 'wrong']);
  });

  it('counts a message whose outcome nobody knows', () => {
    without(journals.platform, 1);
    state('m2', 'unconfirmed');
    journals.crm[1] = webhook(2, { type: 'message.unconfirmed', id: 'm2' });
    Object.assign(journals.driver[1] as DriverEntry, { may: ['unconfirmed'] });
    expect(columns()).toEqual(['unconfirmed']);
  });
});
