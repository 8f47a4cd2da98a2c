import { setTimeout as pause } from 'node:timers/promises';
import { startLoad, untilMore } from '../load.ts';
import type { Scenario } from '../scenario.ts';

export const postgresFrozen: Scenario = {
  name: 'postgres-frozen',
  title: 'every process of PostgreSQL frozen by SIGSTOP for 30 s under load',
  async run(stage) {
    const load = startLoad(stage, { customers: 6, everyMs: 200 });
    await untilMore(stage, 20);
    stage.services.postgres.freeze();
    await pause(stage.quick ? 8_000 : 30_000);
    stage.services.postgres.thaw();
    await untilMore(stage, 20);
    await load.stop();
    return 1;
  },
};
