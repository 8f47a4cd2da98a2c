import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../sandbox/http.ts';
import { ask } from '../support/router-http.ts';
import { askServices } from '../support/ask-services.ts';
import { CLEAN } from '../support/observe.ts';
import { type Cable, createCable } from '../support/router-outage.ts';
import { startTraffic, type Traffic } from '../support/router-traffic.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

let router: RouterUnderTest;
let cable: Cable;
beforeAll(async () => {
  cable = await createCable(await askServices('temporal'));
  router = await startRouter({ processes: 'apart', temporalAddress: cable.address });
}, 120_000);
afterAll(async () => {
  await router?.close();
  await cable?.pull();
});

const health = (path: string) => ask('GET', `${router.workerHealth}${path}`);
const untilReady = (status: number) =>
  until(
    'the worker’s readiness',
    async () => (await health('/health/ready')).status === status,
    30_000,
  );

describe('without Temporal', () => {
  let traffic: Traffic;

  it('the router starts, says so in its health, and accepts from both sides', async () => {
    expect((await health('/health/live')).status).toBe(200);
    expect(await health('/health/ready')).toMatchObject({
      status: 503,
      body: { status: 'DOWN', components: { postgresql: 'UP', temporal: 'DOWN', worker: 'DOWN' } },
    });
    expect(await health('/health')).toMatchObject({ status: 200, body: { status: 'DOWN' } });
    expect((await health('/elsewhere')).status).toBe(404);
    const ofApi = await router.call('GET', '/health');
    expect(ofApi.body).toMatchObject({
      components: { temporal: { status: 'DOWN' }, worker: { status: 'DOWN' } },
    });
    traffic = startTraffic(router, { name: 'absent', customers: 3, rounds: 5 });
    await traffic.untilAccepted(15);
  });

  it('nothing is lost: once it is there everything goes out, in order', async () => {
    await cable.plugIn();
    await untilReady(200);
    await traffic.finish(60_000);
    expect(await traffic.judge()).toEqual({ sends: CLEAN, events: CLEAN });
    await until(
      'the API sees the worker',
      async () => {
        const { body } = await router.call('GET', '/health');
        const { temporal, worker } = body['components'] as Record<string, { status: string }>;
        return temporal?.status === 'UP' && worker?.status === 'UP';
      },
      20_000,
    );
  }, 90_000);

  it('in the middle it goes on where it was', async () => {
    const more = startTraffic(router, { name: 'away', customers: 3, rounds: 8 });
    await more.untilAccepted(6);
    await cable.pull();
    await more.untilAccepted(18);
    await cable.plugIn();
    await more.finish(90_000);
    const { sends, events } = await more.judge();
    expect(sends).toEqual(CLEAN);
    expect({ ...events, repeated: [] }).toEqual(CLEAN);
  }, 120_000);

  it('the processes still end in order and in time', async () => {
    await cable.pull();
    const { api, worker } = router.processes ?? {};
    const ends = await Promise.all([api?.end('SIGTERM'), worker?.end('SIGTERM')]);
    for (const end of ends) {
      expect(end?.code).toBe(0);
      expect(end?.ms).toBeLessThan(20_000);
    }
  });

  it('a worker ends within 20 seconds also when Temporal hangs', async () => {
    await cable.plugIn();
    const { worker } = router.processes ?? {};
    await worker?.start();
    await untilReady(200);
    cable.freeze();
    const { ms, signal } = (await worker?.end('SIGTERM')) ?? {};
    expect(signal).toBeNull();
    expect(ms).toBeLessThan(20_000);
  }, 90_000);
});
