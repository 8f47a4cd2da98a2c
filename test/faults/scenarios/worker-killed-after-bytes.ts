import type { Scenario } from '../scenario.ts';
import { until } from '../until.ts';
import { callsWith, killAtPoint } from './worker-kills.ts';

const HANG_MS = 30_000;

/** Every second time the platform has acted on the message, every other time it has not. */
export const workerKilledAfterBytes: Scenario = {
  name: 'worker-killed-after-bytes',
  title: 'kill -9 of the worker after the request has left, before an answer',
  run(stage) {
    let kill = 0;
    return killAtPoint(stage, stage.quick ? 2 : 20, {
      async arm({ onPlatform, platform }, text) {
        const mode = kill++ % 2 === 0 ? 'apply-then-drop' : 'drop';
        const match = { path: platform.sendPath, body: `"${text}` };
        await onPlatform('PUT', '/faults', [{ match, mode, delay_ms: HANG_MS }]);
        await until('the platform has the request', 60_000, async () =>
          (await callsWith(stage, `"${text}`)).some(({ duration_ms }) => duration_ms === null),
        );
      },
    });
  },
};
