import type { Bare } from '../bare.ts';
import { latencies, openLoop } from '../open-loop.ts';
import { latencyRow, type Row } from '../report.ts';
import type { Stand } from '../stand.ts';
import { median, percentile } from '../statistics.ts';
import { askLive, customer, sendMessage, waitForArrivals, watchArrivals } from '../target.ts';
import { waitUntilQuiet } from './end-to-end.ts';

const COUNT = 50;
/** All due at the same moment. */
const AT_ONCE = { perSecond: 1_000_000, count: COUNT };

type Run = { accepted: number[]; lastMs: number; refused: number };

/**
 * Many messages into one conversation at once: they take their places one after the other and go out
 * one by one, so this measures what one message holds up the next. Beside it the same number over as
 * many conversations, and bare workflows.
 */
export async function measureBurst({ target }: Stand, bare: Bare, rounds: number): Promise<Row[]> {
  const one: Run[] = [];
  const spread: Run[] = [];
  const live: number[] = [];
  const workflows: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await waitUntilQuiet(target);
    live.push(...latencies(await openLoop(AT_ONCE, () => askLive(target))));
    workflows.push(await bareMs(bare));
    one.push(await burst(target, () => customer(round), `one ${round}`));
    await waitUntilQuiet(target);
    spread.push(await burst(target, (index) => customer(index), `spread ${round}`));
  }
  const name = `${COUNT} sends at once into one conversation`;
  const p95 = (runs: readonly number[]) => percentile(runs, 0.95);
  const acceptedOf = (runs: readonly Run[]) => median(runs.map(({ accepted }) => p95(accepted)));
  const lastOf = (runs: readonly Run[]) => median(runs.map(({ lastMs }) => lastMs));
  const beside = (ms: number, floor: string, floorMs: number) =>
    `into ${COUNT} conversations: ${ms.toFixed(0)} ms; ${floor}: ${floorMs.toFixed(0)} ms`;
  const refused = one.reduce((sum, run) => sum + run.refused, 0);
  const accepted = latencyRow(
    `${name}: 202, p95`,
    acceptedOf(one),
    150,
    beside(acceptedOf(spread), 'GET /health/live', p95(live)),
  );
  return [
    refused === 0
      ? accepted
      : { ...accepted, measured: `${accepted.measured}, ${refused} refused`, met: false },
    latencyRow(
      `${name}: the last at the platform`,
      lastOf(one),
      3_000,
      beside(lastOf(spread), `${COUNT} bare workflows`, median(workflows)),
    ),
  ];
}

async function bareMs(bare: Bare): Promise<number> {
  const { dueAt, ranAt } = await bare.run({ count: COUNT, perSecond: null });
  return Math.max(...ranAt) - Math.min(...dueAt);
}

async function burst(
  target: Stand['target'],
  to: (index: number) => string,
  text: string,
): Promise<Run> {
  const look = watchArrivals(target, 'instagram');
  await look();
  const shots = await openLoop(
    AT_ONCE,
    async (index) => void (await sendMessage(target, to(index), `${text} ${index}`)),
  );
  const taken = shots.filter(({ error }) => error === null);
  const arrivals = await waitForArrivals(look, taken.length);
  const begin = Math.min(...shots.map(({ dueAt }) => dueAt));
  return {
    accepted: latencies(shots),
    refused: shots.length - taken.length,
    lastMs: Math.max(...arrivals.map(({ at }) => at)) - begin,
  };
}
