import { startLoad } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel, until } from '../until.ts';

const RATE = 20;

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
    await until('all are dead letters', 600_000, () => haveOpen(stage, count), 500);
    stage.expectAlert('dead_letter', stage.account);
    const load = startLoad(stage, { customers: 3, everyMs: 500 });
    const failed = await replay(stage, count);
    await until('all came back', 300_000, () => haveOpen(stage, count), 500);
    await stage.control('PUT', '/crm/faults', []);
    const worked = await replay(stage, count);
    await until('none is left', 300_000, () => haveOpen(stage, 0), 500);
    await load.stop();
    for (const seconds of [failed, worked])
      if (count / seconds > RATE * 1.5)
        stage.finding(`${count} were replayed in ${seconds.toFixed(1)} s, over ${RATE} a second`);
    return 2;
  },
};

type Letters = { data: unknown[]; next_cursor: string | null };

async function haveOpen(stage: Stage, count: number): Promise<boolean> {
  let found = 0;
  for (let cursor = ''; ;) {
    const path = `/api/v1/admin/dlq/webhooks?state=open&limit=100${cursor}`;
    const { body } = await stage.call<Letters>('GET', path);
    found += body.data.length;
    if (body.next_cursor === null) return found === count;
    cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
}

type Replay = { replay_id: string; state: string; replayed: number };

/** Asks for all of them at once; how many seconds it took. */
async function replay(stage: Stage, count: number): Promise<number> {
  const begun = Date.now();
  const path = '/api/v1/admin/dlq/replays';
  const filter = { kind: 'webhooks', account_id: stage.account.id };
  const made = await stage.call<Replay>('POST', path, { ...filter, rate_per_second: RATE });
  if (made.status >= 300) throw new Error(`No replay: ${JSON.stringify(made.body)}`);
  let state = made.body;
  await until('the replay is done', 600_000, async () => {
    state = (await stage.call<Replay>('GET', `${path}/${made.body.replay_id}`)).body;
    return state.state === 'done';
  });
  if (state.replayed !== count) stage.finding(`${state.replayed} of ${count} were replayed`);
  return (Date.now() - begun) / 1000;
}
