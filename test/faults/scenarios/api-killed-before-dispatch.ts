import type { Scenario } from '../scenario.ts';
import { inParallel } from '../until.ts';

const MESSAGES = 5;

/**
 * Every second time Temporal hangs meanwhile, so that the row is committed and its call to Temporal
 * certainly not made; every other time the kill races with it.
 */
export const apiKilledBeforeDispatch: Scenario = {
  name: 'api-killed-before-dispatch',
  title: 'kill -9 of the API as soon as it has said 202, before the workflow is started',
  async run({ api, driver, services, quick }) {
    const kills = quick ? 2 : 30;
    for (let kill = 0; kill < kills; kill += 1) {
      const frozen = kill % 2 === 0;
      if (frozen) services.temporal.freeze();
      const customers = Array.from({ length: MESSAGES }, (_, at) => `customer-${at}`);
      const sending = inParallel(customers, MESSAGES, (customer) =>
        driver.send(customer, `${customer} ${kill}`),
      );
      const before = driver.accepted.length;
      while (driver.accepted.length === before) await new Promise((next) => setImmediate(next));
      await api.end('SIGKILL');
      if (frozen) services.temporal.thaw();
      await api.start();
      await sending;
    }
    return kills;
  },
};
