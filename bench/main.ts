import { startBare, type Bare } from './bare.ts';
import { measureAccept, measureStatus } from './figures/accept.ts';
import { measureBurst } from './figures/burst.ts';
import {
  measureBareLatency,
  measureInbound,
  measureOutbound,
  waitUntilQuiet,
} from './figures/end-to-end.ts';
import { measureMemory, type Usage } from './figures/memory.ts';
import { measureMirror } from './figures/mirror.ts';
import { measureThroughput, type Cost } from './figures/throughput.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { readOptions, type Options } from './options.ts';
import { formatRows, formatTable, type Row } from './report.ts';
import { startStand, type Stand } from './stand.ts';
import { introduceCustomers } from './target.ts';

/**
 * `npm run bench [-- --only accept,status --quick --profile]`: measures a router that it starts
 * itself, on free ports and in a folder of its own, and prints a table.
 */
const rows: Row[] = [];
const notes: string[] = [];
let close: () => Promise<void> = async () => undefined;

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void close().finally(() => process.exit(130)));

try {
  const options = readOptions(process.argv.slice(2));
  const machine = describeMachine();
  say(machine);
  if ([...options.only].some((name) => name !== 'memory' && name !== 'mirror'))
    await measureStand(options);
  if (options.only.has('mirror'))
    await figure('mirror', () => measureMirror(options.scale.backlog));
  if (options.only.has('memory')) await measureNpmStart(options);
  print(`\n${machine}, after it ${describeLoad()}\n\n${formatRows(rows)}\n${notes.join('\n')}`);
} catch (error) {
  print(`${formatRows(rows)}\n${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await close();
}

async function measureStand(options: Options): Promise<void> {
  say('starting the router and its parts');
  const stand = await startStand(options);
  close = () => stand.close();
  const bare = await startBare(stand.temporalAddress);
  close = async () => {
    await bare.close();
    await stand.close();
  };
  await introduceCustomers(stand.target);
  const { only, scale } = options;
  if (only.has('accept') || only.has('status')) await measureApi(stand, options);
  if (only.has('inbound') || only.has('outbound')) await measureEndToEnd(stand, bare, options);
  if (only.has('burst')) await figure('burst', () => measureBurst(stand, bare, scale.rounds));
  if (only.has('throughput'))
    await figure('throughput', async () => {
      const { rows: found, costs } = await measureThroughput(stand, bare, scale);
      notes.push(`\nProcessor time for one, ms:\n\n${formatCosts(costs)}`);
      return found;
    });
  await close();
  close = async () => undefined;
}

/** A figure that cannot be taken is a row that says why; the others are measured all the same. */
async function figure(name: string, measure: () => Promise<Row[]>): Promise<void> {
  say(name);
  try {
    rows.push(...(await measure()));
  } catch (error) {
    const beside = (error as Error).message.slice(0, 200);
    rows.push({ figure: name, measured: 'failed', aim: '', beside, met: false });
    process.exitCode = 1;
  }
}

async function measureApi({ target }: Stand, { only, scale }: Options): Promise<void> {
  const seconds = scale.pacedSeconds.api;
  let messageIds: string[] = [];
  await figure('accept', async () => {
    const accepted = await measureAccept(target, seconds);
    messageIds = accepted.messageIds;
    return only.has('accept') ? accepted.rows : [];
  });
  await waitUntilQuiet(target);
  if (only.has('status'))
    await figure('status query', () => measureStatus(target, messageIds, seconds));
}

async function measureEndToEnd(
  { target }: Stand,
  bare: Bare,
  { only, scale }: Options,
): Promise<void> {
  const seconds = scale.pacedSeconds.endToEnd;
  say('bare workflows, paced');
  const floor = await measureBareLatency(bare, seconds);
  if (only.has('inbound'))
    await figure('platform webhook → CRM', () => measureInbound(target, seconds, floor));
  await waitUntilQuiet(target);
  if (only.has('outbound'))
    await figure('CRM send → platform call', () => measureOutbound(target, seconds, floor));
  await waitUntilQuiet(target);
}

async function measureNpmStart({ scale }: Options): Promise<void> {
  await figure('memory', async () => {
    const { rows: found, idle, after } = await measureMemory(scale);
    const title = 'Memory by part, MB (in brackets: resident sizes added up)';
    notes.push(`\n${title}:\n\n${formatUsage(idle, after)}`);
    return found;
  });
}

function formatCosts(costs: readonly Cost[]): string {
  const cell = (value: number) => value.toFixed(1);
  return formatTable([
    ['work', 'router', 'Temporal', 'PostgreSQL', 'sandbox', 'client and worker of the bare ones'],
    ...costs.map(({ work, router, temporal, postgres, sandbox, bare }) => [
      work,
      ...[router, temporal, postgres, sandbox, bare].map(cell),
    ]),
  ]);
}

function formatUsage(idle: Usage, after: Usage): string {
  const cell = (usage: Usage, wanted: string) => {
    const memory = usage.parts.find(({ part }) => part === wanted)?.memory;
    if (!memory) return '';
    return `${memory.counted.toFixed(0)} (${memory.resident.toFixed(0)})`;
  };
  return formatTable([
    ['part', 'idle', 'after the load'],
    ...idle.parts.map(({ part }) => [part, cell(idle, part), cell(after, part)]),
  ]);
}

/** Progress goes beside the table, which can then be sent to a file. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
