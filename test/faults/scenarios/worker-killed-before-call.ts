import type { Scenario } from '../scenario.ts';
import { killAtPoint } from './worker-kills.ts';

/** The attempt is committed and the worker dials; the platform never gets a byte. */
export const workerKilledBeforeCall: Scenario = {
  name: 'worker-killed-before-call',
  title: 'kill -9 of the worker after the attempt is committed, before the platform has a byte',
  run: (stage) =>
    killAtPoint(stage, stage.quick ? 2 : 20, {
      arm: ({ line }, text) => line.hold(text),
      disarm: async ({ line }) => line.clear(),
    }),
};
