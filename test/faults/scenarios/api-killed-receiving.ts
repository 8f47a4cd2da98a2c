import { setTimeout as pause } from 'node:timers/promises';
import { untilMore } from '../load.ts';
import type { Scenario } from '../scenario.ts';

const CUSTOMERS = 8;

/** The platform repeats what was not answered with 200, so a webhook may come any number of times. */
export const apiKilledReceiving: Scenario = {
  name: 'api-killed-receiving',
  title: 'kill -9 of the API while platform webhooks come in; the platform sends them again',
  async run(stage) {
    const kills = stage.quick ? 3 : 30;
    let stopped = false;
    const writing = Array.from({ length: CUSTOMERS }, async (_, customer) => {
      for (let at = 0; !stopped; at += 1) {
        await stage.driver.hear(`writer-${customer}`, `word ${customer} ${at}`);
        await pause(20);
      }
    });
    for (let kill = 0; kill < kills; kill += 1) {
      await untilMore(stage, 10);
      await stage.api.end('SIGKILL');
      await stage.api.start();
    }
    await untilMore(stage, 10);
    stopped = true;
    await Promise.all(writing);
    return kills;
  },
};
