import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { closedLoop, now, openLoop, requireAll } from './open-loop.ts';
import type { bare } from './bare-workflow.ts';

/** What the parent asks for: bare workflows, in a burst or paced. */
export type BareRequest = {
  count: number;
  perSecond: number | null;
  /** The activity has a task queue of its own, as a channel's has. */
  apart?: boolean;
};
/** When each was due (paced) or the burst began, and when its activity ran; ms since 1970. */
export type BareResult = { dueAt: number[]; ranAt: number[] };

/** As many starts at a time as the router's dispatcher has. */
const STARTS_AT_ONCE = 50;
const QUEUE = 'bench-bare';
const ACTIVITY_QUEUE = 'bench-bare-activities';

let ran: (index: number) => void = () => undefined;

/** The empty activity. */
export async function nothing(index: number): Promise<void> {
  ran(index);
}

/** Client and worker in one process, like the router, with the router's worker settings. */
async function main(address: string): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue: QUEUE,
    workflowsPath: fileURLToPath(new URL('./bare-workflow.ts', import.meta.url)),
    activities: { nothing },
    maxCachedWorkflows: 500,
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
  });
  const apart = await Worker.create({
    connection,
    taskQueue: ACTIVITY_QUEUE,
    activities: { nothing },
    activityTaskPollerBehavior: { type: 'autoscaling' },
  });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const running = Promise.all([worker.run(), apart.run()]);
  let round = 0;
  process.on('message', (asked: BareRequest) => {
    round += 1;
    void run(client, asked, `bare/${round}`).then((result) => process.send?.(result));
  });
  process.on('disconnect', () => {
    worker.shutdown();
    apart.shutdown();
  });
  process.send?.('ready');
  await running;
  await client.connection.close();
  await connection.close();
}

async function run(client: Client, asked: BareRequest, prefix: string): Promise<BareResult> {
  const ranAt: number[] = [];
  let left = asked.count;
  const all = new Promise<void>((resolve) => {
    ran = (index) => {
      ranAt[index] = now();
      if (--left === 0) resolve();
    };
  });
  const start = async (index: number) => {
    const workflowId = `${prefix}/${index}`;
    await client.workflow.start<typeof bare>('bare', {
      workflowId,
      taskQueue: QUEUE,
      args: [index, asked.apart ? ACTIVITY_QUEUE : QUEUE],
    });
  };
  const { count, perSecond } = asked;
  const begin = now();
  const dueAt: number[] = Array(count).fill(begin);
  if (perSecond === null) await closedLoop({ atOnce: STARTS_AT_ONCE, count }, start);
  else {
    const shots = await openLoop({ perSecond, count }, start);
    requireAll(shots);
    for (const shot of shots) dueAt[shot.index] = shot.dueAt;
  }
  await all;
  return { dueAt, ranAt };
}

const address = process.argv[2];
if (process.send && address !== undefined) await main(address);
