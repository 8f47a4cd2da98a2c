import type { MessageStatus } from '../../src/domain/message.ts';
import type { OnUnknownOutcome } from '../../src/domain/send-policy.ts';

/** What keeps the promises; each can be taken away, to see that it is needed. */
export type Mechanisms = {
  /** `dispatcher/reconciler.ts`. */
  reconciler: boolean;
  /** That the reconciler raises the round, so that the workflow gets an id that was never used. */
  rounds: boolean;
  /** That a try ends unless its message is the unresolved head, and of its round. */
  entryRule: boolean;
  /** That a try waits for the lease of an attempt in flight. */
  leaseCheck: boolean;
  /** That a lost worker's attempt counts as unknown, and its evidence is awaited. */
  evidence: boolean;
  /** Without it Temporal is called directly, after the commit. */
  outbox: boolean;
  /** That a lane is looked at in a later statement than the one that locks it. */
  laterStatement: boolean;
};

export const ALL: Mechanisms = {
  reconciler: true,
  rounds: true,
  entryRule: true,
  leaseCheck: true,
  evidence: true,
  outbox: true,
  laterStatement: true,
};

export type Conversation = {
  id: string;
  headId: string | null;
  laneSeq: number;
  eventArrival: number;
  eventSequence: number;
};

export type Part = {
  text: string;
  attempts: number;
  platformId: string | null;
  sentAtMs: number | null;
};

export type Message = {
  id: string;
  conversationId: string;
  laneSeq: number;
  round: number;
  status: MessageStatus;
  resolvedAtMs: number | null;
  becameHeadAtMs: number | null;
  nextAttemptAtMs: number | null;
  waitReason: string | null;
  delayed: boolean;
  possibleDuplicate: boolean;
  errorClass: string | null;
  createdAtMs: number;
  parts: Part[];
  attempts: Attempt[];
};

export type Attempt = {
  id: string;
  messageId: string;
  part: number;
  number: number;
  credentialVersion: number;
  startedAtMs: number;
  leaseUntilMs: number;
  outcome: string | null;
  platformId: string | null;
  evidenceUntilMs: number | null;
};

export type CrmEvent = {
  id: string;
  laneId: string;
  type: string;
  messageId: string | null;
  arrival: number;
  fromCustomer: boolean;
  platformTimeMs: number | null;
  heldUntilMs: number;
  storedAtMs: number;
  sequence: number | null;
  state: 'pending' | 'replay' | 'delivered' | 'dead';
  /** Whether it ever was a dead letter: its place in the order is gone then. */
  wasDead: boolean;
  attempts: number;
  firstAttemptAtMs: number;
  nextAttemptAtMs: number | null;
};

export type OutboxRow = {
  kind: 'send_message' | 'wake_message' | 'events_ready' | 'wake_lane';
  target: string;
  round: number;
  notBeforeMs: number;
  /** The life of the dispatcher that has locked it; a crash ends the lock. */
  lockedBy: { life: number; process: { life: number } } | null;
};

/** What a platform says of one of our messages, as `channels/channel.ts` has it. */
export type PlatformEvent = {
  key: string;
  conversationId: string;
  platformId: string;
  atMs: number;
} & (
  | { kind: 'echo'; text: string }
  | { kind: 'message' }
  | {
      kind: 'status';
      status: 'sent' | 'delivered' | 'read' | 'failed';
      callback: { messageId: string; part: number } | null;
    }
);

export type Parked = { event: PlatformEvent; parkedAtMs: number };

/** Whether the platform says later what became of a call: by an echo, by our own id, or never. */
export type Evidence = 'echo' | 'callback' | 'none';

/** The tables, and the rules that the account is under. One account, a few conversations. */
export type Rows = {
  nowMs(): number;
  random(): number;
  mechanisms: Mechanisms;
  evidence: Evidence;
  onUnknown: OnUnknownOutcome;
  account: {
    id: string;
    paused: boolean;
    throttledUntilMs: number | null;
    credentialVersion: number;
    evidenceSeenAtMs: number | null;
  };
  endpoint: {
    disabled: boolean;
    version: number;
    open: boolean;
    failures: number;
    probes: number;
    nextProbeAtMs: number | null;
    probeLane: string | null;
    probeOfferedAtMs: number | null;
    probeLeaseUntilMs: number | null;
  };
  receivers: { atMs: number; gapEndedAtMs: number };
  conversations: Map<string, Conversation>;
  messages: Map<string, Message>;
  attempts: Map<string, Attempt>;
  events: CrmEvent[];
  outbox: OutboxRow[];
  parked: Parked[];
  seenEvents: Set<string>;
  /** What a transaction saw of a lane when it began, where `laterStatement` is off. */
  stale: StaleLane | null;
  /** Called for each row that the outbox gets. */
  onOutboxRow: (row: OutboxRow) => void;
};

export type StaleLane = { headId: string | null; unresolved: Set<string>; all: Set<string> };

/** Empty tables. */
export function createRows(given: Omit<Rows, keyof ReturnType<typeof emptyTables>>): Rows {
  return { ...emptyTables(given.nowMs()), ...given };
}

function emptyTables(nowMs: number) {
  return {
    account: {
      id: 'acc',
      paused: false,
      throttledUntilMs: null,
      credentialVersion: 1,
      evidenceSeenAtMs: null,
    },
    endpoint: {
      disabled: false,
      version: 1,
      open: false,
      failures: 0,
      probes: 0,
      nextProbeAtMs: null,
      probeLane: null,
      probeOfferedAtMs: null,
      probeLeaseUntilMs: null,
    },
    receivers: { atMs: nowMs, gapEndedAtMs: 0 },
    conversations: new Map<string, Conversation>(),
    messages: new Map<string, Message>(),
    attempts: new Map<string, Attempt>(),
    events: [] as CrmEvent[],
    outbox: [] as OutboxRow[],
    parked: [] as Parked[],
    seenEvents: new Set<string>(),
    stale: null as StaleLane | null,
    onOutboxRow: (() => undefined) as (row: OutboxRow) => void,
  };
}
