import { createStep } from './progress.ts';
import { readLocalSettings } from './settings.ts';
import { formatTable } from './table.ts';
import { findTemporalCli, findTimeSkippingServer } from './temporal-cli.ts';

/**
 * `npm run setup`: gets everything that `npm start` and `npm test` would get on their first run,
 * such as before going offline or in a layer of an image, and says where it is.
 */
const step = createStep();
try {
  const { DATA_DIR, TEMPORAL_CLI } = readLocalSettings(process.env);
  const cli = await findTemporalCli(DATA_DIR, step, TEMPORAL_CLI);
  const testServer = await findTimeSkippingServer(DATA_DIR, step);
  const rows: [string, string][] = [
    ['Node', process.execPath],
    ['Temporal CLI', cli],
    ['Time-skipping server', testServer],
  ];
  process.stdout.write(`${formatTable(rows)}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
