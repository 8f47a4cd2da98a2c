import type { Arrival } from './platform.ts';
import type { World } from './world.ts';

/** What went wrong in a run. All of it must be none, but for what a row says of itself. */
export type Findings = {
  /** Messages that never came to an end, and events that the CRM never got, with all in order. */
  stuck: number;
  /** Parts and events that came first after one that stands behind them. */
  outOfOrder: number;
  /** Parts that the customer got again without a mark; events of which there are two. */
  duplicated: number;
  /** Accepted and gone, or said to be sent and never there, or said to be failed and there. */
  lost: number;
};

/** Not wrong, but worth to be seen. */
export type Notes = {
  messages: number;
  events: number;
  unconfirmed: number;
  /** Calls that arrived and were marked as possible duplicates. */
  marked: number;
  /** Events that were given up, at least for a while. */
  dead: number;
};

/** Reads the journals of the platform and the CRM, and the rows, after the end of a run. */
export function check(world: World): { findings: Findings; notes: Notes } {
  return {
    findings: {
      stuck: countStuck(world),
      outOfOrder: countMessagesOutOfOrder(world) + countEventsOutOfOrder(world),
      duplicated: countUnmarked(world) + countDoubleEvents(world),
      lost: countLostMessages(world) + countLostEvents(world),
    },
    notes: {
      messages: world.rows.messages.size,
      events: world.rows.events.length,
      unconfirmed: [...world.rows.messages.values()].filter((m) => m.status === 'unconfirmed')
        .length,
      marked: world.platform.arrivals.filter(({ marked }) => marked).length,
      dead: world.rows.events.filter(({ wasDead }) => wasDead).length,
    },
  };
}

function countStuck({ rows }: World): number {
  const messages = [...rows.messages.values()].filter((m) => m.resolvedAtMs === null);
  const events = rows.events.filter(({ state }) => state === 'pending' || state === 'replay');
  return messages.length + events.length;
}

/** The first arrival of each part, against the place that its message had when the call began. */
function countMessagesOutOfOrder({ platform }: World): number {
  const seen = new Set<string>();
  const highest = new Map<string, number>();
  let count = 0;
  for (const { messageId, part, conversationId, laneSeq } of platform.arrivals) {
    const key = `${messageId}/${part}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const place = laneSeq * 10 + part;
    if (place < (highest.get(conversationId) ?? 0)) count += 1;
    else highest.set(conversationId, place);
  }
  return count;
}

/** The first receipt of each event, those that were dead letters excepted. */
function countEventsOutOfOrder({ crm, rows }: World): number {
  const seen = new Set<string>();
  const highest = new Map<string, number>();
  let count = 0;
  for (const { event, sequence } of crm.receipts) {
    if (seen.has(event.id) || event.wasDead) continue;
    seen.add(event.id);
    if (sequence < (highest.get(event.laneId) ?? 0)) count += 1;
    else highest.set(event.laneId, sequence);
  }
  // A gap in the sequence means a dead letter, and nothing else.
  for (const { id, eventSequence } of rows.conversations.values()) {
    const given = rows.events.filter(({ laneId, sequence }) => laneId === id && sequence !== null);
    if (new Set(given.map(({ sequence }) => sequence)).size !== eventSequence) count += 1;
  }
  return count;
}

function countUnmarked({ platform }: World): number {
  const calls = platform.arrivals.filter(({ marked, failed }) => !marked && !failed);
  const parts = new Set(calls.map(({ messageId, part }) => `${messageId}/${part}`));
  return calls.length - parts.size;
}

/** A customer's message makes one event, and a message is said to be sent once. */
function countDoubleEvents({ rows }: World): number {
  const failed = new Set(
    rows.events.filter(({ type }) => type === 'message.failed').map(({ messageId }) => messageId),
  );
  const once = rows.events
    .filter(({ type }) => type === 'message.received' || type === 'message.sent')
    // Failed, asked for once more and sent: that is said twice, and rightly.
    .filter(({ messageId }) => !failed.has(messageId))
    .map(({ type, messageId }) => `${type}/${messageId ?? ''}`);
  return once.length - new Set(once).size;
}

function countLostMessages({ accepted, rows, platform, vouched }: World): number {
  const keysOf = (arrivals: Arrival[]) =>
    new Set(arrivals.map(({ messageId, part }) => `${messageId}/${part}`));
  const arrived = keysOf(platform.arrivals);
  const delivered = keysOf(platform.arrivals.filter(({ failed }) => !failed));
  let count = accepted.filter((id) => !rows.messages.has(id)).length;
  for (const { id, status, parts, errorClass } of rows.messages.values())
    parts.forEach(({ sentAtMs }, index) => {
      const key = `${id}/${index + 1}`;
      if (sentAtMs !== null && !arrived.has(key) && !vouched.has(key)) count += 1;
      // What the platform itself reports as failed had arrived there.
      const mayBeThere = status === 'failed' && errorClass !== 'platform' && sentAtMs === null;
      if (mayBeThere && delivered.has(key)) count += 1;
    });
  return count;
}

/** Every event is with the CRM, or among the dead letters; every customer's message is an event. */
function countLostEvents({ told, rows, crm }: World): number {
  const received = new Set(crm.receipts.map(({ event }) => event.id));
  const kept = new Set(rows.events.map(({ messageId }) => messageId));
  const missing = rows.events.filter(({ id, state }) => state === 'delivered' && !received.has(id));
  return missing.length + told.filter((key) => !kept.has(key)).length;
}
