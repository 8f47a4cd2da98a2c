import { setTimeout as pause } from 'node:timers/promises';
import { startLoad, untilMore } from '../load.ts';
import type { Scenario } from '../scenario.ts';

export const postgresCrashed: Scenario = {
  name: 'postgres-crashed',
  title: 'PostgreSQL stopped with `immediate` under load, and back after 10 s',
  async run(stage) {
    const times = stage.quick ? 1 : 5;
    const load = startLoad(stage, { customers: 6, everyMs: 200 });
    for (let time = 0; time < times; time += 1) {
      await untilMore(stage, stage.quick ? 8 : 20);
      await stage.services.postgres.crash();
      await pause(stage.quick ? 3_000 : 10_000);
      await stage.services.postgres.start();
      const back = Date.now();
      await untilMore(stage, 1);
      const seconds = (Date.now() - back) / 1000;
      if (seconds > 10)
        stage.finding(`the first success came ${seconds.toFixed(1)} s after the return`);
    }
    await untilMore(stage, stage.quick ? 8 : 20);
    await load.stop();
    return times;
  },
};
