import type { Bare } from '../bare.ts';
import { cpuMs } from '../machine.ts';
import { closedLoop, now } from '../open-loop.ts';
import type { Row } from '../report.ts';
import type { Stand } from '../stand.ts';
import { median, spread } from '../statistics.ts';
import {
  customer,
  postWebhook,
  sendMessage,
  type Target,
  waitForArrivals,
  watchArrivals,
} from '../target.ts';
import { waitUntilQuiet } from './end-to-end.ts';

/** Over how many conversations a burst is spread. */
const SPREADS = [100, 5];
const CLIENTS = 20;

/** Processor time by part for one piece of work, ms. */
export type Cost = { work: string } & Record<Part, number>;
export type Part = 'router' | 'temporal' | 'postgres' | 'sandbox' | 'bare';

type Run = { perSecond: number; cost: Cost };

/**
 * Bursts of messages out, and beside each of them the same number of bare workflows on the same
 * Temporal server: on a busy machine only the ratio of neighbours means anything. Then bursts in.
 */
export async function measureThroughput(
  stand: Stand,
  bare: Bare,
  scale: { burst: number; rounds: number },
): Promise<{ rows: Row[]; costs: Cost[] }> {
  const { burst, rounds } = scale;
  const rows: Row[] = [];
  const costs: Cost[] = [];
  const apart: Run[] = [];
  for (const lanes of SPREADS) {
    const pairs: { bare: Run; out: Run; told: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // In turn, so that neither always runs on the colder or the fuller server.
      const first = round % 2 === 0 ? await bareBurst(stand, bare, burst) : undefined;
      const { out, told } = await outBurst(stand, bare, burst, lanes);
      pairs.push({ bare: first ?? (await bareBurst(stand, bare, burst)), out, told });
      if (lanes === SPREADS[0]) apart.push(await bareBurst(stand, bare, burst, true));
    }
    rows.push(...outRows(pairs, burst, lanes));
    if (lanes === SPREADS[0]) {
      costs.push(middle(pairs.map((pair) => pair.bare.cost)));
      costs.push(middle(apart.map((run) => run.cost)));
      rows.push(apartRow(apart, pairs, burst));
    }
    costs.push(middle(pairs.map((pair) => pair.out.cost)));
  }
  for (const lanes of SPREADS) {
    const runs: Run[] = [];
    for (let round = 0; round < rounds; round += 1)
      runs.push(await inBurst(stand, bare, burst, lanes));
    rows.push(inRow(runs, burst, lanes));
    costs.push(middle(runs.map((run) => run.cost)));
  }
  return { rows, costs };
}

async function bareBurst(stand: Stand, bare: Bare, count: number, apart = false): Promise<Run> {
  await waitUntilQuiet(stand.target);
  const meter = startMeter(stand, bare);
  const { dueAt, ranAt } = await bare.run({ count, perSecond: null, apart });
  const seconds = (Math.max(...ranAt) - Math.min(...dueAt)) / 1000;
  return {
    perSecond: count / seconds,
    cost: meter(apart ? 'bare, activity apart' : 'bare workflow', count),
  };
}

/** Until the last call of the platform; `told` counts until the CRM knows of the last one, too. */
async function outBurst(
  stand: Stand,
  bare: Bare,
  count: number,
  lanes: number,
): Promise<{ out: Run; told: number }> {
  await waitUntilQuiet(stand.target);
  const atPlatform = watchArrivals(stand.target, 'instagram');
  const atCrm = watchArrivals(stand.target, 'crm', 'message.sent');
  await Promise.all([atPlatform(), atCrm()]);
  const meter = startMeter(stand, bare);
  const begin = now();
  await sendBurst(stand.target, count, lanes);
  const perSecond = rate(begin, await waitForArrivals(atPlatform, count));
  const told = rate(begin, await waitForArrivals(atCrm, count));
  return { out: { perSecond, cost: meter(`message out, ${lanes} conversations`, count) }, told };
}

/** Also what warms up the memory figure. */
export async function sendBurst(target: Target, count: number, lanes: number): Promise<void> {
  await closedLoop({ atOnce: CLIENTS, count }, async (index) => {
    await sendMessage(target, customer(index % lanes), `out ${index}`);
  });
}

/** As many customers' messages, each a webhook of its own. */
export async function receiveBurst(target: Target, count: number, lanes: number): Promise<void> {
  await closedLoop({ atOnce: CLIENTS, count }, (index) =>
    postWebhook(target, customer(index % lanes), `in ${index}`),
  );
}

async function inBurst(stand: Stand, bare: Bare, count: number, lanes: number): Promise<Run> {
  await waitUntilQuiet(stand.target);
  const look = watchArrivals(stand.target, 'crm', 'message.received');
  await look();
  const meter = startMeter(stand, bare);
  const begin = now();
  await receiveBurst(stand.target, count, lanes);
  const perSecond = rate(begin, await waitForArrivals(look, count));
  return { perSecond, cost: meter(`event in, ${lanes} conversations`, count) };
}

function rate(begin: number, arrivals: readonly { at: number }[]): number {
  return (arrivals.length * 1000) / (Math.max(...arrivals.map(({ at }) => at)) - begin);
}

/** Reads the processor time of each part now, and by the returned function what was added. */
function startMeter(stand: Stand, bare: Bare): (work: string, count: number) => Cost {
  const read = () => ({
    router: cpuMs(stand.pids.router),
    temporal: cpuMs(stand.pids.temporal),
    postgres: cpuMs(stand.pids.postgres),
    sandbox: cpuMs(stand.pids.sandbox),
    bare: cpuMs(bare.pid),
  });
  const before = read();
  return (work, count) => {
    const after = read();
    const each = (part: Part) => (after[part] - before[part]) / count;
    const parts = { router: each('router'), temporal: each('temporal') };
    const others = { postgres: each('postgres'), sandbox: each('sandbox'), bare: each('bare') };
    return { work, ...parts, ...others };
  };
}

function middle(costs: readonly Cost[]): Cost {
  const of = (part: Part) => median(costs.map((cost) => cost[part]));
  const parts = { router: of('router'), temporal: of('temporal'), postgres: of('postgres') };
  return { work: costs[0]?.work ?? '', ...parts, sandbox: of('sandbox'), bare: of('bare') };
}

function outRows(
  pairs: readonly { bare: Run; out: Run; told: number }[],
  count: number,
  lanes: number,
): Row[] {
  const ratios = pairs.map(({ bare, out }) => out.perSecond / bare.perSecond);
  const figure = `${count} out over ${lanes} conversations`;
  const bareRate = spread(
    pairs.map((pair) => pair.bare.perSecond),
    1,
  );
  const told = spread(
    pairs.map((pair) => pair.told),
    1,
  );
  return [
    {
      figure: `${figure}: ratio to bare workflows`,
      measured: spread(ratios, 2),
      aim: '≥ 0.8',
      beside: `bare workflows: ${bareRate}/s`,
      met: median(ratios) >= 0.8,
    },
    {
      figure: `${figure}: messages/s`,
      measured: spread(
        pairs.map(({ out }) => out.perSecond),
        1,
      ),
      aim: '',
      beside: `until the CRM knows all: ${told}/s`,
      met: null,
    },
  ];
}

/** What a task queue of its own costs, which every channel has: Temporal cannot hand it over early. */
function apartRow(apart: readonly Run[], pairs: readonly { bare: Run }[], count: number): Row {
  const ratios = apart.map((run, round) => run.perSecond / (pairs[round]?.bare.perSecond ?? NaN));
  return {
    figure: `${count} bare workflows, activity on its own queue: ratio to the plain ones`,
    measured: spread(ratios, 2),
    aim: '',
    beside: '',
    met: null,
  };
}

function inRow(runs: readonly Run[], count: number, lanes: number): Row {
  const rates = runs.map((run) => run.perSecond);
  return {
    figure: `${count} in over ${lanes} conversations: events/s`,
    measured: spread(rates, 1),
    aim: '',
    beside: '',
    met: null,
  };
}
