import { setTimeout as pause } from 'node:timers/promises';
import { judgeLatency, underLoad } from '../latency.ts';
import { untilMore } from '../load.ts';
import { telegram } from '../platforms/telegram.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

const CUSTOMERS = 5;
/** A shared machine is never the same twice; what this row looks for is ten times as much. */
const OTHER = { what: 'the other channel', times: 3, noiseMs: 3_000 };

export const connectorStopped: Scenario = {
  name: 'connector-stopped',
  title:
    "one channel's connector is a worker of its own and away; another channel goes on as before",
  unstarted: true,
  async run(stage) {
    // Words and messages of a measurement.
    const some = stage.quick ? 18 : 100;
    await stage.api.start();
    const connector = await stage.addWorker('connector');
    await Promise.all([
      stage.worker.start(['--except', 'telegram']),
      connector.start(['--channels', 'telegram']),
    ]);
    const other = await stage.beside(telegram);
    await liveTraffic(other, 'its-own', () => untilMore(other, CUSTOMERS));
    const before = await liveTraffic(stage, 'before', () => untilMore(stage, some));
    await connector.end('SIGTERM');
    stage.expectAlert('channel_silent', telegram);
    const stopped = Date.now();
    const during = await liveTraffic(stage, 'during', async () => {
      await waitingFor(other, stage.quick ? 3 : 20);
      await untilMore(stage, some);
      await until('it is told', 60_000, () => stage.wasAlerted('channel_silent', telegram));
    });
    stage.note(`operators were told after at most ${Date.now() - stopped} ms`);
    for (const [cause, of] of [
      ['worker_silent', null],
      ['channel_silent', stage.platform],
    ] as const)
      if (stage.wasAlerted(cause, of)) stage.finding(`a false alert: ${cause}`);
    const left = await sendsOf(other, 'waits');
    if (left > 0) stage.finding(`${left} messages left by a connector that is stopped`);
    await connector.start();
    const back = Date.now();
    const all = CUSTOMERS * (stage.quick ? 3 : 20);
    await until('what waited is sent', 180_000, async () => (await sendsOf(other, 'waits')) >= all);
    stage.note(`${all} messages that had waited were sent in ${Date.now() - back} ms, in order`);
    await until('its end is told', 30_000, () =>
      stage.wasAlerted('channel_silent', telegram, 'resolved'),
    );
    const after = await liveTraffic(stage, 'after', () => untilMore(stage, some));
    judgeLatency(stage, { before, during, after }, OTHER);
    return 1;
  },
};

function liveTraffic(stage: Stage, name: string, meanwhile: () => Promise<void>) {
  return underLoad(stage, { name, customers: 3, everyMs: 300 }, meanwhile);
}

/** Each customer is sent so many messages, which nobody can send now. */
async function waitingFor(stage: Stage, each: number): Promise<void> {
  await inParallel(Array.from({ length: CUSTOMERS }).keys(), CUSTOMERS, async (customer) => {
    for (let at = 0; at < each; at += 1)
      await stage.driver.send(`waiting-${customer}`, `waits ${customer} ${at}`);
  });
  // Time enough for whoever might send them all the same.
  await pause(2_000);
}

async function sendsOf(stage: Stage, text: string): Promise<number> {
  const { sendPath, readSend } = stage.platform;
  const path = `/received?method=POST&path=${sendPath}`;
  type Calls = { data: { path: string; body: unknown; status: number | null }[] };
  const { data } = await stage.onPlatform<Calls>('GET', path);
  return data.filter((call) => readSend(call)?.text.startsWith(text) === true).length;
}
