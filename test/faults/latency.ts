import { readJournals } from './journal.ts';
import { type LedgerCall, wasTaken } from './ledger.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** The 99th percentile, ms: of what customers wrote, and of what was sent to them. */
export type Latency = { inMs: number; outMs: number };

/**
 * How long the traffic of a load took: from our 200 to the CRM, and from our 202 to the platform.
 * Waits until all of it has arrived, so that a load that follows finds nothing of it.
 */
export async function latencyOf(stage: Stage, load: string): Promise<Latency> {
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
