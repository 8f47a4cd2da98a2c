import { setTimeout as pause } from 'node:timers/promises';
import { startLoad, untilMore } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { inParallel } from '../until.ts';

/** Within this the platform has to be told to come again; a second for a busy machine. */
const ANSWER_MS = 5_000;
const BUSY_MS = 1_000;
const PROBES = 12;

export const postgresFrozen: Scenario = {
  name: 'postgres-frozen',
  title:
    'every process of PostgreSQL frozen by SIGSTOP for 30 s under load; answers 503 within 5 s',
  async run(stage) {
    const load = startLoad(stage, { customers: 6, everyMs: 200 });
    await untilMore(stage, 20);
    stage.services.postgres.freeze();
    const frozen = pause(stage.quick ? 8_000 : 30_000);
    const answers = await askWhileFrozen(stage);
    await frozen;
    stage.services.postgres.thaw();
    await untilMore(stage, 20);
    await load.stop();
    const slowest = Math.max(...answers);
    stage.note(`${answers.length} requests met the frozen server; 503 after ${slowest} ms at most`);
    return 1;
  },
};

/** Platform webhooks and sends, some beside each other; how long each took, ms. */
async function askWhileFrozen(stage: Stage): Promise<number[]> {
  const { account, platform } = stage;
  const took: number[] = [];
  await inParallel(Array.from({ length: PROBES }).keys(), PROBES, async (at) => {
    const begun = performance.now();
    const status = at % 2 === 0 ? await word(at) : await send(at);
    const ms = Math.round(performance.now() - begun);
    took.push(ms);
    if (status !== 503 || ms > ANSWER_MS + BUSY_MS)
      stage.finding(`a frozen PostgreSQL: answered ${status} after ${ms} ms, not 503 within 5 s`);
  });
  return took;

  function word(at: number): Promise<number | null> {
    const customer = platform.customerId(`frozen-${at}`);
    const id = platform.newMessageId();
    const text = 'is anybody there?';
    return stage.driver.post(platform.wordOf({ account, customer, text, id, at: Date.now() }));
  }

  async function send(at: number): Promise<number> {
    const recipient_id = platform.customerId(`frozen-${at}`);
    const body = { account_id: account.id, recipient_id, message: 'nobody is to have this' };
    return (await stage.call('POST', '/api/v1/messages/send', body)).status;
  }
}
