import { afterEach, describe, expect, it } from '@jest/globals';
import type { Repeater } from '../../src/dispatcher/repeater.ts';
import { createWorkerHeartbeat, type WorkerHeartbeatDeps } from '../../src/worker/heartbeat.ts';
import { aLog } from '../support/builders.ts';

let heartbeat: Repeater | undefined;
afterEach(() => heartbeat?.stop());

/** The names of the first beat, without what tells processes from each other. */
async function firstBeat(deps: Partial<WorkerHeartbeatDeps>): Promise<string[]> {
  const names = await new Promise<string[]>((resolve) => {
    heartbeat = createWorkerHeartbeat({
      heartbeats: { beat: async (...each) => resolve(each) },
      logger: aLog(),
      isPolling: () => true,
      channels: ['instagram', 'telegram'],
      connectorsOnly: false,
      everyMs: 1,
      ...deps,
    });
    heartbeat.start();
  });
  return names.map((name) => name.replace(/[0-9a-f-]{36}$/, '*'));
}

describe('the heartbeat of a worker', () => {
  it('names the router’s queues and every channel that it serves', async () => {
    expect(await firstBeat({})).toEqual([
      'worker:*',
      'connector:instagram:*',
      'connector:telegram:*',
    ]);
  });

  it('names its channels alone where it runs nothing else', async () => {
    expect(await firstBeat({ connectorsOnly: true, channels: ['telegram'] })).toEqual([
      'connector:telegram:*',
    ]);
  });

  it('waits until all of its workers poll', async () => {
    let asked = 0;
    await firstBeat({ isPolling: () => (asked += 1) > 3 });
    expect(asked).toBeGreaterThan(3);
  });
});
