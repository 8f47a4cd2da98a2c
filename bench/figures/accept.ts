import { latencies, openLoop, type Shot } from '../open-loop.ts';
import { latencyRow, type Row } from '../report.ts';
import { percentile } from '../statistics.ts';
import { askLive, askStatus, customer, sendMessage, type Target } from '../target.ts';

const PER_SECOND = 50;

/**
 * `POST /messages/send` at 50 a second while the router also sends what it accepts. Returns the
 * ids, of messages that may still be on their way.
 */
export async function measureAccept(
  target: Target,
  seconds: number,
): Promise<{ rows: Row[]; messageIds: string[] }> {
  const load = { perSecond: PER_SECOND, count: PER_SECOND * seconds };
  const floor = latencies(await openLoop(load, () => askLive(target)));
  const messageIds: string[] = [];
  const shots = await openLoop(load, async (index) => {
    messageIds[index] = await sendMessage(target, customer(index), `accept ${index}`);
  });
  const measured = latencies(shots);
  const name = `accept, ${PER_SECOND}/s for ${seconds} s`;
  const rows = [
    latencyRow(`${name}: p50`, percentile(measured, 0.5), 15, live(floor, 0.5)),
    withRefusals(
      latencyRow(`${name}: p99`, percentile(measured, 0.99), 60, live(floor, 0.99)),
      shots,
    ),
  ];
  return { rows, messageIds: messageIds.filter(Boolean) };
}

/** `GET /messages/{message_id}/status` at 50 a second, over messages that were sent. */
export async function measureStatus(
  target: Target,
  messageIds: readonly string[],
  seconds: number,
): Promise<Row[]> {
  const load = { perSecond: PER_SECOND, count: PER_SECOND * seconds };
  const floor = latencies(await openLoop(load, () => askLive(target)));
  const shots = await openLoop(load, (index) =>
    askStatus(target, messageIds[(index * 7) % messageIds.length] ?? ''),
  );
  const name = `status query, ${PER_SECOND}/s for ${seconds} s`;
  const measured = latencies(shots);
  return [
    {
      ...latencyRow(`${name}: p50`, percentile(measured, 0.5), 0, live(floor, 0.5)),
      aim: '',
      met: null,
    },
    withRefusals(
      latencyRow(`${name}: p99`, percentile(measured, 0.99), 20, live(floor, 0.99)),
      shots,
    ),
  ];
}

function live(floor: readonly number[], share: number): string {
  return `GET /health/live: ${percentile(floor, share).toFixed(1)} ms`;
}

/** However fast the other answers are, a refused request misses every aim. */
function withRefusals(row: Row, shots: readonly Shot[]): Row {
  const refused = shots.filter(({ error }) => error !== null).length;
  if (refused === 0) return row;
  return { ...row, measured: `${row.measured}, ${refused} refused`, met: false };
}
