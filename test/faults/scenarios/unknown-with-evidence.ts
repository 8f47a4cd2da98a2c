import { setTimeout as pause } from 'node:timers/promises';
import { ARRIVED } from '../entries.ts';
import type { Platform } from '../platforms/platform.ts';
import { nameFor, type Scenario } from '../scenario.ts';
import { inParallel, until } from '../until.ts';

const LATE_MS = 5_000;

export const unknownWithEvidence = (platform: Platform): Scenario => ({
  name: nameFor('unknown-with-evidence', platform),
  platform,
  title: 'the connection is cut after the platform has the message; proof comes 5 s later',
  env: { EVIDENCE_WAIT: '30' },
  async run(stage) {
    const count = stage.quick ? 3 : 20;
    const customers = Array.from({ length: count }, (_, at) => `doubtful-${at}`);
    await stage.onPlatform('POST', '/webhooks', { mode: 'hold' });
    const fault = { match: { body: 'did it arrive' }, times: count, mode: 'apply-then-drop' };
    await stage.onPlatform('PUT', '/faults', [fault]);
    const ids: string[] = [];
    await inParallel(customers, 4, async (customer) => {
      ids.push(await stage.driver.send(customer, `did it arrive, ${customer}?`));
      await stage.driver.send(customer, `and this, ${customer}?`);
    });
    const statuses = () => Promise.all(ids.map((id) => statusOf(id)));
    const statusOf = async (id: string) =>
      (await stage.call<{ status: string }>('GET', `/api/v1/messages/${id}/status`)).body.status;
    await until('all are in doubt', 60_000, async () =>
      (await statuses()).every((status) => status === 'unconfirmed'),
    );
    await pause(LATE_MS);
    await stage.onPlatform('POST', '/webhooks', { mode: 'release' });
    const released = Date.now();
    await until('all are proved', 30_000, async () =>
      (await statuses()).every((status) => ARRIVED.has(status)),
    );
    stage.note(`proved ${Date.now() - released} ms after the proof was let go`);
    return count;
  },
});
