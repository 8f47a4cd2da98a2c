import pg from 'pg';
import type { Scenario } from '../scenario.ts';
import { until } from '../until.ts';
import { callsWith, killAtPoint } from './worker-kills.ts';

/** The platform has said 200; a lock in PostgreSQL keeps the worker from writing that down. */
export const workerKilledBeforeRecord: Scenario = {
  name: 'worker-killed-before-record',
  title: 'kill -9 of the worker after the answer, before it is recorded',
  run(stage) {
    let lock: pg.Client | undefined;
    return killAtPoint(stage, stage.quick ? 1 : 20, {
      async arm({ onPlatform, platform, env }, text) {
        const match = { path: platform.sendPath, body: `"${text}` };
        await onPlatform('PUT', '/faults', [{ match, mode: 'slow', delay_ms: 700 }]);
        const calls = () => callsWith(stage, `"${text}`);
        await until('the request is there', 60_000, async () => (await calls()).length > 0);
        lock = new pg.Client(env['DATABASE_URL']);
        await lock.connect();
        await lock.query('BEGIN');
        await lock.query('LOCK TABLE send_attempts IN SHARE ROW EXCLUSIVE MODE');
        await until('the platform has answered', 60_000, async () =>
          (await calls()).some(({ status }) => status === 200),
        );
      },
      async disarm() {
        await lock?.query('ROLLBACK');
        await lock?.end();
      },
    });
  },
};
