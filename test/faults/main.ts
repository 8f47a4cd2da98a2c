import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createFaultRecorder } from '../replay/fault-histories.ts';
import { PLANTED_FAULTS, runPlantedFaults } from './planted-faults.ts';
import { type Row, runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { startServices } from './services.ts';
import type { Stage } from './stage.ts';
import { explain, formatTable } from './table.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    histories: { type: 'boolean', default: false },
  },
});
const print = (text: string) => process.stdout.write(`${text}\n`);

function chosen() {
  const all: (typeof PLANTED_FAULTS | Scenario)[] = [PLANTED_FAULTS, ...scenarios];
  const only = values.only?.flatMap((names) => names.split(','));
  const unknown = only?.filter((name) => !all.some((each) => each.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`There is no scenario ${unknown.join(', ')}; --list shows all.`);
  return all.filter(({ name }) => only?.includes(name) ?? true);
}

const record = createFaultRecorder(scenarios);

/** What cannot be saved is no fault of the router: it is printed, and the row stays as it is. */
async function saveHistories(scenario: Scenario, stage: Stage): Promise<void> {
  try {
    print(`${scenario.name}: ${await record(scenario, stage)}`);
  } catch (error) {
    print(`${scenario.name}: its histories were not saved: ${(error as Error).message}`);
  }
}

async function main(): Promise<boolean> {
  const selected = chosen();
  if (values.list) {
    for (const { name, title } of selected) print(`${name.padEnd(28)} ${title}`);
    return true;
  }
  const folder = mkdtempSync(join(tmpdir(), 'chat4all-faults-'));
  const services = await startServices();
  const rows: Row[] = [];
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void services.close().finally(() => process.exit(130)));
  try {
    for (const scenario of selected) {
      const place = join(folder, scenario.name);
      const { quick } = values;
      const look = values.histories && { look: saveHistories };
      const row =
        'run' in scenario
          ? await runScenario(scenario, { services, folder: place, quick, ...look })
          : await runPlantedFaults();
      rows.push(row);
      const { seconds, ok } = row;
      const kept = values.keep || !ok;
      const see = kept ? `, see ${place}` : '';
      print(`${scenario.name}: ${ok ? 'ok' : 'FAILED'} in ${seconds.toFixed(0)} s${see}`);
      for (const note of row.notes) print(`  ${note}`);
      if (!ok) explain(row).forEach(print);
      if (!kept) rmSync(place, { recursive: true, force: true });
    }
  } finally {
    await services.close();
  }
  print(`\n${formatTable(rows)}`);
  return rows.every(({ ok }) => ok);
}

process.exitCode = (await main()) ? 0 : 1;
