import { setTimeout as pause } from 'node:timers/promises';
import type { Bare } from '../bare.ts';
import { openLoop, requireAll, type Shot } from '../open-loop.ts';
import { latencyRow, type Row } from '../report.ts';
import { percentile } from '../statistics.ts';
import {
  type Arrival,
  customer,
  postWebhook,
  sendMessage,
  type Target,
  waitForArrivals,
  watchArrivals,
} from '../target.ts';

const PER_SECOND = 10;
/** Everything that the figure before left to do is done when nothing has arrived for so long. */
const QUIET_MS = 2_000;

/** What a bare workflow takes from start to activity at the same pace, ms. */
export async function measureBareLatency(bare: Bare, seconds: number): Promise<number[]> {
  const result = await bare.run({ count: PER_SECOND * seconds, perSecond: PER_SECOND });
  return result.ranAt.map((at, index) => at - (result.dueAt[index] ?? at));
}

/** A platform's webhook until the CRM has the event: known customers, one message each time. */
export async function measureInbound(
  target: Target,
  seconds: number,
  floor: readonly number[],
): Promise<Row[]> {
  const look = watchArrivals(target, 'crm', 'message.received');
  await look();
  const texts = (index: number) => `inbound ${index}`;
  const shots = await openLoop({ perSecond: PER_SECOND, count: PER_SECOND * seconds }, (index) =>
    postWebhook(target, customer(index), texts(index)),
  );
  requireAll(shots);
  const taken = delays(shots, await waitForArrivals(look, shots.length), texts);
  const name = `platform webhook → CRM, ${PER_SECOND}/s for ${seconds} s`;
  return rows(name, taken, 600, floor);
}

/** A CRM's send until the platform is called. */
export async function measureOutbound(
  target: Target,
  seconds: number,
  floor: readonly number[],
): Promise<Row[]> {
  const look = watchArrivals(target, 'instagram');
  await look();
  const texts = (index: number) => `outbound ${index}`;
  const shots = await openLoop(
    { perSecond: PER_SECOND, count: PER_SECOND * seconds },
    async (index) => void (await sendMessage(target, customer(index), texts(index))),
  );
  requireAll(shots);
  const taken = delays(shots, await waitForArrivals(look, shots.length), texts);
  const name = `CRM send → platform call, ${PER_SECOND}/s for ${seconds} s`;
  return rows(name, taken, 300, floor);
}

function rows(
  name: string,
  taken: readonly number[],
  aim: number,
  floor: readonly number[],
): Row[] {
  const bare = (share: number) => `bare workflow: ${percentile(floor, share).toFixed(0)} ms`;
  return [
    { ...latencyRow(`${name}: p50`, percentile(taken, 0.5), 0, bare(0.5)), aim: '', met: null },
    latencyRow(`${name}: p95`, percentile(taken, 0.95), aim, bare(0.95)),
  ];
}

/** From due to arrival, by the text; throws when one came twice or never. */
function delays(
  shots: readonly Shot[],
  arrivals: readonly Arrival[],
  textOf: (index: number) => string,
): number[] {
  const at = new Map(arrivals.map((arrival) => [arrival.text, arrival.at]));
  if (arrivals.length !== shots.length || at.size !== shots.length)
    throw new Error(
      `${shots.length} messages became ${arrivals.length} calls (${at.size} different)`,
    );
  return shots.map(({ index, dueAt }) => (at.get(textOf(index)) ?? NaN) - dueAt);
}

/** Waits until neither the platform nor the CRM has got anything for two seconds. */
export async function waitUntilQuiet(target: Target): Promise<void> {
  const looks = [watchArrivals(target, 'instagram'), watchArrivals(target, 'crm')];
  for (const look of looks) await look();
  for (let since = Date.now(); Date.now() - since < QUIET_MS; await pause(200))
    for (const look of looks) if ((await look()).length > 0) since = Date.now();
}
