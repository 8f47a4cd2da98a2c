import { startLoad, untilMore } from '../load.ts';
import type { Scenario } from '../scenario.ts';

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  title: 'SIGTERM and start of API and worker in turn under load',
  async run(stage) {
    const restarts = stage.quick ? 2 : 10;
    const load = startLoad(stage, { customers: 6, everyMs: 200 });
    for (let restart = 0; restart < restarts; restart += 1)
      for (const process of [stage.api, stage.worker]) {
        await untilMore(stage, 10);
        const code = await process.end('SIGTERM');
        if (code !== 0) stage.finding(`${process.name} ended with ${code} after SIGTERM`);
        await process.start();
      }
    await untilMore(stage, 10);
    await load.stop();
    return restarts * 2;
  },
};
