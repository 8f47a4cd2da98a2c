/** Rings once: the task that waits for it goes on at once. */
export type Bell = { ring(): void };

/** What a task waits for: milliseconds, cut short by a bell where there is one. */
export type Pause = number | { ms: number; bell: object };

/** A piece of work of a process. Between two pauses nothing else happens; at a pause all may go wrong. */
export type Work<Result = void> = Generator<Pause, Result, void>;

/** How often a process dies or stands still, each time one of its tasks goes on. */
export type Hazards = { crash: number; freeze: number };

/** Something that runs tasks and can be killed with all of them, or stand still for a while. */
export type Process = {
  name: string;
  alive: boolean;
  /** Raised by each crash: what an older life has begun is over. */
  life: number;
  frozenUntilMs: number;
  hazards: Hazards | null;
  /** What the process begins with, at first and after each crash. */
  start: () => void;
};

type Task = {
  work: Work<unknown>;
  process: Process;
  life: number;
  /** The pause that the task is in: timers of an earlier one mean nothing any more. */
  pause: number;
  done: (result: unknown, error?: unknown) => void;
};

type Timer = { atMs: number; order: number; fire: () => void };

/** Virtual time: everything that happens, happens in the order of its due time, one at a time. */
export type Clock = {
  nowMs(): number;
  random(): number;
  /** Whether something that happens with this probability happens. Never once `calm` was called. */
  chance(probability: number): boolean;
  between(lowMs: number, highMs: number): number;
  pick<Item>(items: readonly Item[]): Item;
  after(ms: number, fire: () => void): void;
  process(name: string, hazards: Hazards | null, start?: () => void): Process;
  spawn<Result>(process: Process, work: Work<Result>, done?: Task['done']): void;
  bell(): Bell;
  crash(process: Process): void;
  freeze(process: Process, ms: number): void;
  /** From here on nothing goes wrong any more. */
  calm(): void;
  /** Runs until nothing is left to happen before `untilMs`, or so many steps are done; how many were. */
  run(untilMs: number, mostSteps: number): number;
};

/** The same seed gives the same run. */
export function createClock(seed: number): Clock {
  const random = seededRandom(seed);
  const queue = createQueue();
  const waiting = new Map<object, () => void>();
  let nowMs = 1_000_000;
  let isCalm = false;

  const after = (ms: number, fire: () => void) => queue.add(nowMs + Math.max(0, ms), fire);
  const chance = (probability: number) => !isCalm && random() < probability;
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low));

  function crash(process: Process): void {
    process.alive = false;
    process.life += 1;
    process.frozenUntilMs = 0;
    after(between(500, 8_000), () => {
      process.alive = true;
      process.start();
    });
  }

  function goOn(task: Task, pause: number): void {
    const { process } = task;
    if (task.life !== process.life || task.pause !== pause) return;
    if (process.frozenUntilMs > nowMs) {
      queue.add(process.frozenUntilMs, () => goOn(task, pause));
      return;
    }
    if (process.hazards && chance(process.hazards.crash)) return crash(process);
    if (process.hazards && chance(process.hazards.freeze)) {
      process.frozenUntilMs = nowMs + between(500, 40_000);
      return goOn(task, pause);
    }
    step(task);
  }

  function step(task: Task): void {
    let next: IteratorResult<Pause, unknown>;
    try {
      next = task.work.next();
    } catch (error) {
      return task.done(undefined, error);
    }
    if (next.done) return task.done(next.value);
    const pause = (task.pause += 1);
    const wait = next.value;
    const ms = typeof wait === 'number' ? wait : wait.ms;
    after(ms, () => goOn(task, pause));
    if (typeof wait !== 'number') waiting.set(wait.bell, () => after(0, () => goOn(task, pause)));
  }

  return {
    nowMs: () => nowMs,
    random,
    chance,
    between,
    pick: (items) => items[Math.floor(random() * items.length)] as never,
    after,
    process(name, hazards, start = () => undefined) {
      return { name, alive: true, life: 0, frozenUntilMs: 0, hazards, start };
    },
    spawn(process, work, done = rethrow) {
      const task = { work, process, life: process.life, pause: 0, done };
      after(0, () => goOn(task, 0));
    },
    bell() {
      const bell = {
        ring() {
          const wake = waiting.get(bell);
          waiting.delete(bell);
          wake?.();
        },
      };
      return bell;
    },
    crash,
    freeze(process, ms) {
      process.frozenUntilMs = Math.max(process.frozenUntilMs, nowMs + ms);
    },
    calm: () => void (isCalm = true),
    run(untilMs, mostSteps) {
      let steps = 0;
      while (steps < mostSteps) {
        const next = queue.next(untilMs);
        if (!next) break;
        nowMs = next.atMs;
        next.fire();
        steps += 1;
      }
      nowMs = untilMs;
      return steps;
    },
  };
}

function rethrow(_result: unknown, error?: unknown): void {
  if (error !== undefined) throw error;
}

/** mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A binary heap by time; of two at the same time the one that was added first comes first. */
function createQueue() {
  const heap: Timer[] = [];
  let order = 0;
  const before = (a: number, b: number) => {
    const [one, two] = [heap[a] as Timer, heap[b] as Timer];
    return one.atMs < two.atMs || (one.atMs === two.atMs && one.order < two.order);
  };
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b] as Timer, heap[a] as Timer];
  };
  return {
    add(atMs: number, fire: () => void): void {
      order += 1;
      heap.push({ atMs, order, fire });
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!before(at, parent)) return;
        swap(at, parent);
        at = parent;
      }
    },
    next(untilMs: number): Timer | undefined {
      const first = heap[0];
      if (!first || first.atMs > untilMs) return undefined;
      const last = heap.pop() as Timer;
      if (heap.length === 0) return first;
      heap[0] = last;
      for (let at = 0; ;) {
        const left = 2 * at + 1;
        const right = left + 1;
        let least = at;
        if (left < heap.length && before(left, least)) least = left;
        if (right < heap.length && before(right, least)) least = right;
        if (least === at) return first;
        swap(at, least);
        at = least;
      }
    },
  };
}
