import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Row, runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { apiKilledBeforeDispatch } from './scenarios/api-killed-before-dispatch.ts';
import { connectorStopped } from './scenarios/connector-stopped.ts';
import { postgresCrashed } from './scenarios/postgres-crashed.ts';
import { workerKilledBeforeRecord } from './scenarios/worker-killed-before-record.ts';
import { type Services, startServices } from './services.ts';
import { explain } from './table.ts';

/** The rows that cost little and would hurt most; `npm run test:faults` has all of them. */
const BESIDE_EACH_OTHER = [workerKilledBeforeRecord, apiKilledBeforeDispatch, connectorStopped];
/** Takes away what the others need. */
const LAST = postgresCrashed;

let services: Services;
let folder: string;
const rows = new Map<Scenario, Promise<Row>>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chat4all-faults-'));
  services = await startServices();
  // Each waits most of its time: for a lease, for a start, for a thaw.
  for (const scenario of BESIDE_EACH_OTHER) rows.set(scenario, run(scenario));
  const others = Promise.all(rows.values());
  rows.set(
    LAST,
    others.then(() => run(LAST)),
  );
}, 120_000);
afterAll(async () => {
  await Promise.allSettled(rows.values());
  await services?.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(scenario: Scenario): Promise<Row> {
  return runScenario(scenario, { services, folder: join(folder, scenario.name), quick: true });
}

it.each([...BESIDE_EACH_OTHER, LAST].map((scenario) => [scenario.title, scenario] as const))(
  'loses, doubles and reorders nothing: %s',
  async (_, scenario) => {
    const row = await rows.get(scenario);
    if (!row) throw new Error('it was not run');
    expect(explain(row)).toEqual([]);
    expect(row).toMatchObject({ ok: true });
    expect(row.runs).toBeGreaterThan(0);
  },
  420_000,
);
