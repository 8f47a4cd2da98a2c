import { beginReplay, countIs, untilReplayed } from '../bulk-replay.ts';
import { judgeLatency, underLoad } from '../latency.ts';
import { untilMore } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

const RATE = 20;
/** Words and messages of a measurement. */
const SOME = 60;
const LIVE = { what: 'live traffic', times: 2, noiseMs: 1_000 };

/** The first replay fails for every one of them; the second one works. */
export const deadLettersReplayed: Scenario = {
  name: 'dead-letters-replayed',
  title: '1,000 dead letters replayed twice during live traffic, at a limited rate',
  env: { CRM_RETRY_DELAYS: '0.05,0.05,0.05,0.05', CRM_BREAKER_FAILURES: '1000' },
  settleMs: 300_000,
  async run(stage) {
    const count = stage.quick ? 30 : 1000;
    const fault = { match: { body: 'indigestible' }, times: null, status: 400, body: 'no' };
    await stage.control('PUT', '/crm/faults', [fault]);
    const places = Array.from({ length: count }, (_, at) => at);
    await inParallel(places, 8, (at) =>
      stage.driver.hear(`stubborn-${at % 100}`, `indigestible ${at}`, { shuffled: true }),
    );
    await until('all are dead letters', 600_000, () => countIs(stage, 'webhooks', count), 500);
    stage.expectAlert('dead_letter', stage.account);
    const before = await liveTraffic(stage, 'before', () => untilMore(stage, SOME));
    const during = await liveTraffic(stage, 'during', async () => {
      await replay(stage, count);
      await until('all came back', 300_000, () => countIs(stage, 'webhooks', count), 500);
      await stage.control('PUT', '/crm/faults', []);
      await replay(stage, count);
      await until('none is left', 300_000, () => countIs(stage, 'webhooks', 0), 500);
    });
    const after = await liveTraffic(stage, 'after', () => untilMore(stage, SOME));
    judgeLatency(stage, { before, during, after }, LIVE);
    return 2;
  },
};

/** Slow enough for one conversation's messages never to wait for each other: that is not asked here. */
function liveTraffic(stage: Stage, name: string, meanwhile: () => Promise<void>) {
  return underLoad(stage, { name, customers: 6, everyMs: 3_000 }, meanwhile);
}

async function replay(stage: Stage, count: number): Promise<void> {
  const begun = Date.now();
  const id = await beginReplay(stage, { kind: 'webhooks', rate: RATE });
  await untilReplayed(stage, id, count);
  const seconds = (Date.now() - begun) / 1000;
  if (count / seconds > RATE * 1.5)
    stage.finding(`${count} were replayed in ${seconds.toFixed(1)} s, over ${RATE} a second`);
}
