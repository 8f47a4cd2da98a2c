import { createClock, type Bell, type Clock, type Process, type Work } from './clock.ts';
import { runDispatcher, runReconciler, runSweeps } from './dispatcher.ts';
import { snapshotLane } from './model.ts';
import { createCrm, createPlatform, type Crm, type Platform } from './platform.ts';
import { receive } from './receiving.ts';
import {
  createRows,
  type Mechanisms,
  type OutboxRow,
  type PlatformEvent,
  type Rows,
} from './rows.ts';
import { createTemporal, type Temporal } from './temporal.ts';
import { BUSY_MS, insist, planFaults, planTraffic, repair } from './traffic.ts';

/** Everything that runs, and everything that goes wrong. */
export type World = {
  clock: Clock;
  rows: Rows;
  temporal: Temporal;
  platform: Platform;
  crm: Crm;
  api: Process;
  workers: Process[];
  /** PostgreSQL answers nobody before. */
  databaseFrozenUntilMs: number;
  /** The end of the run. */
  endMs: number;
  /** What wakes a process's dispatcher. */
  kicks: Map<Process, Bell>;
  /** Ids of messages, customer messages and parts that somebody outside vouches for. */
  accepted: string[];
  told: string[];
  vouched: Set<string>;
  newId(prefix: string): string;
  /**
   * A transaction: it happens at once, or not at all. Before it the connection may be lost, after it
   * the answer may be. `laneId` is given where the lane may advance. Throws {@link DatabaseGone}.
   */
  transact<Result>(process: Process, work: () => Result, laneId?: string): Work<Result>;
  /** The platform calls our webhook until it is answered. */
  tellApi(event: PlatformEvent, delayMs: number): void;
};

export class DatabaseGone extends Error {}

/** What a run is made of, beside its seed. */
export type Scenario = {
  mechanisms: Mechanisms;
  /** Whether Temporal may lose workflows. */
  temporalLoses: boolean;
};

const DRAIN_MS = 45 * 60_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** A run that a missing mechanism sends round in circles ends here. */
const MOST_STEPS = 30_000;

/** Builds a world from a seed and runs it to its end. Answers how many steps that took. */
export function runWorld(seed: number, scenario: Scenario): { world: World; steps: number } {
  const world = createWorld(seed, scenario);
  const { clock } = world;
  const startMs = clock.nowMs();
  planTraffic(world);
  planFaults(world, scenario.temporalLoses);
  let steps = clock.run(startMs + BUSY_MS, MOST_STEPS);
  clock.calm();
  while (clock.nowMs() < world.endMs && steps < MOST_STEPS && !isQuiet(world.rows)) {
    repair(world);
    steps += clock.run(clock.nowMs() + 60_000, MOST_STEPS - steps);
  }
  return { world, steps };
}

export function isQuiet({ messages, events, outbox }: Rows): boolean {
  return (
    outbox.length === 0 &&
    events.every(({ state }) => state === 'delivered' || state === 'dead') &&
    [...messages.values()].every(({ resolvedAtMs }) => resolvedAtMs !== null)
  );
}

function createWorld(seed: number, { mechanisms }: Scenario): World {
  const clock = createClock(seed);
  const rows = createRows({
    nowMs: clock.nowMs,
    random: clock.random,
    mechanisms,
    evidence: clock.pick(['echo', 'callback', 'none']),
    onUnknown: clock.pick(['auto', 'auto', 'resend', 'hold']),
  });
  let ids = 0;
  const world = {
    clock,
    rows,
    endMs: clock.nowMs() + BUSY_MS + DRAIN_MS,
    databaseFrozenUntilMs: 0,
    kicks: new Map<Process, Bell>(),
    accepted: [],
    told: [],
    vouched: new Set<string>(),
    newId: (prefix: string) => `${prefix}-${(ids += 1)}`,
    transact,
    tellApi: (event: PlatformEvent, delayMs: number) =>
      insist(world, delayMs, () => receive(rows, event)),
  } as unknown as World;
  let direct: OutboxRow[] = [];

  function* transact<Result>(_process: Process, work: () => Result, laneId?: string): Work<Result> {
    yield clock.between(0, 5);
    const frozenMs = world.databaseFrozenUntilMs - clock.nowMs();
    if (frozenMs > 0) yield Math.min(frozenMs, STATEMENT_TIMEOUT_MS);
    if (frozenMs > STATEMENT_TIMEOUT_MS || clock.chance(0.004)) throw new DatabaseGone();
    if (laneId !== undefined && !mechanisms.laterStatement) {
      snapshotLane(rows, laneId);
      const { stale } = rows;
      rows.stale = null;
      yield clock.between(0, 400);
      rows.stale = stale;
    }
    const result = work();
    rows.stale = null;
    const owed = direct;
    direct = [];
    if (clock.chance(0.004)) throw new DatabaseGone();
    yield clock.between(0, 5);
    // Without the outbox: whoever committed calls Temporal, if it gets so far.
    for (const row of owed) yield* callDirectly(row);
    return result;
  }
  function* callDirectly(row: OutboxRow): Work {
    try {
      yield* world.temporal.deliver(row);
    } catch {
      // Nobody knows any more that the call is owed.
    }
  }
  rows.onOutboxRow = (row) => {
    if (!mechanisms.outbox) return void direct.push(row);
    rows.outbox.push(row);
    for (const bell of world.kicks.values()) clock.after(clock.between(0, 1_000), bell.ring);
  };

  world.temporal = createTemporal(world);
  world.platform = createPlatform(world);
  world.crm = createCrm(world);
  startProcesses(world);
  return world;
}

const HAZARDS = { crash: 0.004, freeze: 0.004 };

function startProcesses(world: World): void {
  const { clock } = world;
  const start = (name: string, parts: ((world: World, process: Process) => Work)[]) => {
    const process = clock.process(name, HAZARDS, () => {
      for (const part of parts) clock.spawn(process, part(world, process));
    });
    process.start();
    return process;
  };
  world.api = start('api', [runDispatcher, beat]);
  const worker = [runDispatcher, runReconciler, runSweeps];
  world.workers = [start('worker-1', worker), start('worker-2', worker)];
}

/** `HeartbeatStore.beat` of the receivers. */
function* beat({ rows, clock }: World): Work {
  for (;;) {
    const { receivers } = rows;
    if (receivers.atMs < clock.nowMs() - 15_000) receivers.gapEndedAtMs = clock.nowMs();
    receivers.atMs = clock.nowMs();
    yield 5_000;
  }
}
