/**
 * What every npm script goes through: `node scripts/run.mjs <target> [arguments]`. It sees to the
 * set-up of a fresh machine and runs the target by the pinned Node. It uses built-in modules only
 * and works from Node 18 on, since it runs before anything is installed.
 *
 * Targets: a `.ts` file; `jest`, `tsc`, `oxlint`, `prettier`, `knip`; `check` (all of the checks);
 * `setup` (gets what the first `npm start` and `npm test` would get).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks, toolFile, TOOLS } from './check.mjs';
import { ensureChromium } from './chromium.mjs';
import { ensureInstalled, NODE } from './install.mjs';
import { ROOT, runHere } from './processes.mjs';

const [target, ...args] = process.argv.slice(2);
await ensureInstalled();
process.exitCode = await run();

/** @returns {Promise<number>} exit code */
async function run() {
  if (target === 'check') return runChecks();
  if (target === 'jest') return runJest();
  if (target === 'setup') return runSetup();
  if (target?.endsWith('.ts')) return runHere(NODE, [...environmentFile(), target, ...args]);
  if (target !== undefined && target in TOOLS)
    return runHere(NODE, [toolFile(/** @type {keyof typeof TOOLS} */ (target)), ...args]);
  process.stderr.write(
    'usage: node scripts/run.mjs <file.ts | jest | check | setup | tool> [arguments]\n',
  );
  return 2;
}

async function runJest() {
  // Only a run of everything is worth installing a browser for.
  if (args.length === 0 || args.every((arg) => arg.startsWith('-'))) await ensureChromium();
  // MikroORM 7 is ESM only, and jest loads ES modules behind this flag.
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  return runHere(NODE, [...flags, toolFile('jest'), ...args]);
}

async function runSetup() {
  await ensureChromium();
  return runHere(NODE, [...environmentFile(), 'src/local/setup.ts']);
}

/** Settings of this checkout, where somebody made the file; the environment wins over it. */
function environmentFile() {
  return existsSync(join(ROOT, '.env')) ? ['--env-file=.env'] : [];
}
