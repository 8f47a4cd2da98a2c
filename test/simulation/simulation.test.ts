import { describe, expect, it } from '@jest/globals';
import { check, type Findings, type Notes } from './checker.ts';
import { ALL, type Mechanisms } from './rows.ts';
import { runWorld } from './world.ts';

/**
 * Thousands of short lives of the whole system, each with other things going wrong. To see one again:
 * SIMULATION_SEED=<seed> SIMULATION_RUNS=1.
 */
const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1);
const WANTED = process.env['SIMULATION_RUNS'];
const RUNS = Number(WANTED ?? 3_000);
/** A machine that has other things to do makes fewer runs, unless a number is asked for. */
const MOST_MS = WANTED === undefined ? 20_000 : Infinity;
/** Enough bad runs to know that a mechanism is needed. */
const ENOUGH = 5;

type Sum = { runs: number; findings: Findings; notes: Notes; badSeeds: number[] };

/** One line per set, with the seeds of its bad runs. */
function runSet(
  name: string,
  given: { runs: number; without?: Partial<Mechanisms>; temporalLoses: boolean; until?: number },
): Sum {
  const mechanisms = { ...ALL, ...given.without };
  const sum: Sum = {
    runs: 0,
    findings: { stuck: 0, outOfOrder: 0, duplicated: 0, lost: 0 },
    notes: { messages: 0, events: 0, unconfirmed: 0, marked: 0, dead: 0 },
    badSeeds: [],
  };
  const endMs = performance.now() + MOST_MS;
  const isOver = () =>
    sum.runs >= given.runs ||
    sum.badSeeds.length >= (given.until ?? Infinity) ||
    performance.now() > endMs;
  while (!isOver()) {
    const seed = FIRST_SEED + sum.runs;
    const { findings, notes } = check(
      runWorld(seed, { mechanisms, temporalLoses: given.temporalLoses }).world,
    );
    sum.runs += 1;
    add(sum.findings, findings);
    add(sum.notes, notes);
    if (Object.values(findings).some((count) => count > 0)) sum.badSeeds.push(seed);
  }
  print(name, sum);
  return sum;
}

function add<Key extends string>(sum: Record<Key, number>, more: Record<Key, number>): void {
  for (const key of Object.keys(more) as Key[]) sum[key] += more[key];
}

function print(name: string, { runs, findings, notes, badSeeds }: Sum): void {
  const { stuck, outOfOrder, duplicated, lost } = findings;
  process.stdout.write(
    `${name}: ${runs} runs, ${notes.messages} messages, ${notes.events} events: ` +
      `${stuck} stuck, ${outOfOrder} out of order, ${duplicated} duplicated, ${lost} lost, ` +
      `${notes.unconfirmed} unconfirmed, ${notes.marked} sent again and marked` +
      `${badSeeds.length > 0 ? `; bad seeds ${badSeeds.slice(0, 10).join(' ')}` : ''}\n`,
  );
}

const NOTHING = { stuck: 0, outOfOrder: 0, duplicated: 0, lost: 0 };

describe('the simulated system', () => {
  it('keeps its promises whatever goes wrong', () => {
    const sum = runSet('everything', { runs: RUNS, temporalLoses: true });
    const { findings, notes, badSeeds } = sum;
    expect({ findings, badSeeds }).toEqual({ findings: NOTHING, badSeeds: [] });
    // Runs in which nothing goes wrong would prove nothing.
    if (sum.runs >= 100)
      for (const count of [notes.unconfirmed, notes.marked, notes.dead])
        expect(count).toBeGreaterThan(0);
  });

  it('needs no reconciler while Temporal loses nothing', () => {
    const { findings, badSeeds } = runSet('no reconciler, and nothing to reconcile', {
      runs: Math.ceil(RUNS / 6),
      without: { reconciler: false },
      temporalLoses: false,
    });
    expect({ findings, badSeeds }).toEqual({ findings: NOTHING, badSeeds: [] });
  });

  it('runs the same way for the same seed', () => {
    const journal = () =>
      JSON.stringify(runWorld(7, { mechanisms: ALL, temporalLoses: true }).world.platform.arrivals);
    expect(journal()).toBe(journal());
  });

  const LOSING = { temporalLoses: true };
  const ALONE = { temporalLoses: false };
  it.each([
    ['the reconciler', { reconciler: false }, LOSING, 'stuck'],
    ['a new round for each repair', { rounds: false }, LOSING, 'stuck'],
    ['the outbox', { outbox: false, reconciler: false }, ALONE, 'stuck'],
    ['the later statement', { laterStatement: false, reconciler: false }, ALONE, 'stuck'],
    [
      'the later statement, in order',
      { laterStatement: false, reconciler: false },
      ALONE,
      'outOfOrder',
    ],
    ['the entry rule', { entryRule: false }, LOSING, 'duplicated'],
    ['the wait for an attempt in flight', { leaseCheck: false }, LOSING, 'duplicated'],
    ['the wait for evidence', { evidence: false }, LOSING, 'duplicated'],
  ] as const)('would fail without %s', (name, without, faults, finding) => {
    const { findings } = runSet(`without ${name}`, {
      runs: 300,
      until: ENOUGH,
      without,
      ...faults,
    });
    expect(findings[finding]).toBeGreaterThan(0);
  });
});
