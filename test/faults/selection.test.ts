import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { apiKilledBeforeDispatch } from './scenarios/api-killed-before-dispatch.ts';
import { postgresCrashed } from './scenarios/postgres-crashed.ts';
import { workerKilledBeforeRecord } from './scenarios/worker-killed-before-record.ts';
import { type Services, startServices } from './services.ts';
import { explain } from './table.ts';

let services: Services;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chat4all-faults-'));
  services = await startServices();
}, 120_000);
afterAll(async () => {
  await services?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The rows that cost little and would hurt most; `npm run test:faults` has all of them. */
const SELECTION: Scenario[] = [workerKilledBeforeRecord, apiKilledBeforeDispatch, postgresCrashed];

it.each(SELECTION.map((scenario) => [scenario.title, scenario] as const))(
  'loses, doubles and reorders nothing: %s',
  async (_, scenario) => {
    const place = join(folder, scenario.name);
    const row = await runScenario(scenario, { services, folder: place, quick: true });
    expect(explain(row)).toEqual([]);
    expect(row).toMatchObject({ ok: true });
    expect(row.runs).toBeGreaterThan(0);
  },
  180_000,
);
