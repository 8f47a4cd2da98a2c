import { setTimeout as pause } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import { startLoad, untilMore } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import { inParallel } from '../until.ts';

/** The oldest row may wait so long before somebody is told. */
const STUCK_MS = 30_000;

export const temporalAway: Scenario = {
  name: 'temporal-away',
  title: 'Temporal absent at start for 40 s, then frozen for 60 s, then killed and restarted',
  unstarted: true,
  async run(stage) {
    const { services, driver, quick } = stage;
    await services.temporal.crash();
    await Promise.all([stage.api.start(), stage.worker.start()]);
    const customers = Array.from({ length: 10 }, (_, at) => `early-${at}`);
    const accepted = Date.now();
    await inParallel(customers, 5, async (customer) => {
      await driver.send(customer, `first to ${customer}`);
      await driver.hear(customer, `first of ${customer}`);
    });
    await pause(quick ? 5_000 : 40_000);
    if (!quick) stage.expectAlert('outbox_stuck', null, accepted + STUCK_MS);
    await services.temporal.start();

    const load = startLoad(stage, { customers: 5, everyMs: 500 });
    await untilMore(stage, 10);
    services.temporal.freeze();
    await pause(quick ? 8_000 : 60_000);
    services.temporal.thaw();
    await asOperator(stage, () => untilMore(stage, 10));
    await services.temporal.crash();
    await pause(2_000);
    await services.temporal.start();
    await untilMore(stage, 10);
    await load.stop();
    return 3;
  },
};

/** A server that slept so long may find that it is not the one it was, and end by itself. */
async function asOperator(stage: Stage, work: () => Promise<void>): Promise<void> {
  const { temporal } = stage.services;
  let over = false;
  const watch = (async () => {
    for (; !over; await pause(500)) {
      if (await temporal.isUp()) continue;
      stage.note('Temporal ended by itself after it was frozen; it is started again');
      await temporal.start();
    }
  })();
  try {
    await work();
  } finally {
    over = true;
    await watch;
  }
}
