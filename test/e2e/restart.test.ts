import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLEAN } from '../support/observe.ts';
import type { RouterProcess } from '../support/router-process.ts';
import { startTraffic } from '../support/router-traffic.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

let router: RouterUnderTest;
let api: RouterProcess;
let worker: RouterProcess;
beforeAll(async () => {
  // Less than the usual minute, and more than a process takes to come back.
  router = await startRouter({ processes: 'apart', env: { EVIDENCE_WAIT: '12' } });
  if (!router.processes) throw new Error('the processes are this one');
  ({ api, worker } = router.processes);
  await router.control('PUT', '/instagram/settings', { retry_delays_ms: [300] });
}, 120_000);
afterAll(() => router?.close());

describe('a restart in the middle', () => {
  it('in order loses nothing, doubles nothing and repeats nothing', async () => {
    const traffic = startTraffic(router, { name: 'orderly', customers: 4, rounds: 10 });
    await traffic.untilAccepted(8);
    const workerEnd = await worker.end('SIGTERM');
    await worker.start();
    await traffic.untilAccepted(16);
    const apiEnd = await api.end('SIGINT');
    await api.start();
    await traffic.finish(60_000);
    expect(await traffic.judge()).toEqual({ sends: CLEAN, events: CLEAN });
    for (const { code, ms } of [workerEnd, apiEnd]) {
      expect(code).toBe(0);
      expect(ms).toBeLessThan(20_000);
    }
  }, 120_000);

  it('by kill -9 loses nothing and doubles nothing', async () => {
    const traffic = startTraffic(router, { name: 'killed', customers: 4, rounds: 10 });
    await traffic.untilAccepted(8);
    await worker.end('SIGKILL');
    await worker.start();
    await traffic.untilAccepted(16);
    await api.end('SIGKILL');
    await api.start();
    await traffic.untilAccepted(24);
    await Promise.all([api.end('SIGKILL'), worker.end('SIGKILL')]);
    await Promise.all([api.start(), worker.start()]);
    await traffic.finish(90_000);
    const { sends, events } = await traffic.judge();
    expect(sends).toEqual(CLEAN);
    // A worker that dies between the CRM's answer and its record posts the same bytes again.
    expect({ ...events, repeated: [] }).toEqual(CLEAN);
  }, 180_000);
});
