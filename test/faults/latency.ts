import { readJournals } from './journal.ts';
import { type LedgerCall, wasTaken } from './ledger.ts';
import { type LoadOptions, startLoad } from './load.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** The 99th percentile, ms: of what customers wrote, and of what was sent to them. */
export type Latency = { inMs: number; outMs: number };

/** Of the same load before a fault, meanwhile, and after it. */
export type Phases = Record<'before' | 'during' | 'after', Latency>;

/** A load as long as something goes on, and how long it took. */
export async function underLoad(
  stage: Stage,
  load: LoadOptions & { name: string },
  meanwhile: () => Promise<void>,
): Promise<Latency> {
  const running = startLoad(stage, load);
  await meanwhile();
  await running.stop();
  return latencyOf(stage, load.name);
}

/**
 * A finding where the fault made the load so many times as slow. Compared with the slower of before
 * and after, for a machine that has become slower is no fault of the router; a difference below
 * `noiseMs` is the machine's as well.
 */
export function judgeLatency(
  stage: Stage,
  { before, during, after }: Phases,
  { what, times, noiseMs }: { what: string; times: number; noiseMs: number },
): void {
  for (const [key, where] of [
    ['inMs', 'to the CRM'],
    ['outMs', 'to the platform'],
  ] as const) {
    const alone = Math.max(before[key], after[key], 1);
    const ratio = (during[key] / alone).toFixed(1);
    const figures = `${before[key]} ms before, ${during[key]} ms meanwhile, ${after[key]} ms after`;
    stage.note(`p99 of ${what} ${where}: ${figures} (${ratio} times the slower)`);
    if (during[key] > times * alone && during[key] - alone > noiseMs)
      stage.finding(`${what} ${where} was slow: p99 ${figures}`);
  }
}

/**
 * How long the traffic of a load took: from our 200 to the CRM, and from our 202 to the platform.
 * Waits until all of it has arrived, so that a load that follows finds nothing of it.
 */
async function latencyOf(stage: Stage, load: string): Promise<Latency> {
  const { driver } = readJournals(stage.folder);
  const { channel, sendPath, readSend } = stage.platform;
  const wait = async (
    kind: 'taken' | 'accepted',
    prefix: string,
    path: string,
    textOf: (call: LedgerCall) => string | undefined,
  ): Promise<number> => {
    const begun = driver.flatMap((each) =>
      each.kind === kind && each.text.startsWith(prefix) ? [each] : [],
    );
    let arrived = new Map<string, number>();
    await until(`all of ${prefix} has arrived`, 120_000, async () => {
      const { data } = await stage.control<{ data: LedgerCall[] }>('GET', path);
      arrived = firstTimes(data.filter(wasTaken), textOf);
      return begun.every(({ text }) => arrived.has(text));
    });
    return percentile99(begun.map(({ text, at }) => Math.max(0, (arrived.get(text) ?? at) - at)));
  };
  return {
    inMs: await wait(
      'taken',
      `in ${load}-`,
      '/crm/received?method=POST&path=/crm/webhooks',
      ({ body }) => (body as Event).data?.text,
    ),
    outMs: await wait(
      'accepted',
      `out ${load}-`,
      `/${channel}/received?method=POST&path=${sendPath}`,
      (call) => readSend(call)?.text,
    ),
  };
}

type Event = { data?: { text?: string } };

function firstTimes(
  list: LedgerCall[],
  textOf: (call: LedgerCall) => string | undefined,
): Map<string, number> {
  const times = new Map<string, number>();
  for (const call of list) {
    const text = textOf(call);
    if (text !== undefined && !times.has(text)) times.set(text, Date.parse(call.at));
  }
  return times;
}

/** 0 of nothing. */
export function percentile99(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}
