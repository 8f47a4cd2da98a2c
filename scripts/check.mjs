import { join } from 'node:path';
import { NODE } from './install.mjs';
import { ROOT, runQuietly, withProgress } from './processes.mjs';

/** The file that node runs for each tool. */
export const TOOLS = {
  jest: 'jest/bin/jest.js',
  knip: 'knip/bin/knip.js',
  oxlint: 'oxlint/bin/oxlint',
  prettier: 'prettier/bin/prettier.cjs',
  tsc: 'typescript/bin/tsc',
};

const CHECKS = [
  { name: 'format', tool: TOOLS.prettier, args: ['--check', '.'] },
  {
    name: 'lint',
    tool: TOOLS.oxlint,
    args: ['--type-aware', 'src', 'sandbox', 'test', 'bench', 'scripts'],
  },
  { name: 'types', tool: TOOLS.tsc, args: ['-p', '.'] },
  { name: 'unused code', tool: TOOLS.knip, args: [] },
];

/**
 * @param {keyof typeof TOOLS} tool
 * @returns {string} path of the tool's program
 */
export function toolFile(tool) {
  return join(ROOT, 'node_modules', TOOLS[tool]);
}

/**
 * Runs every check and shows what each of the failed ones said.
 * @returns {Promise<number>} exit code
 */
export async function runChecks() {
  const results = await withProgress('Checking', () => Promise.all(CHECKS.map(runCheck)));
  const failed = results.filter(({ code }) => code !== 0);
  for (const { name, output } of failed) process.stdout.write(`── ${name} ──\n${output}\n`);
  for (const { name, code } of results) process.stdout.write(`${code === 0 ? '✓' : '✗'} ${name}\n`);
  return failed.length > 0 ? 1 : 0;
}

/** @param {typeof CHECKS[number]} check */
async function runCheck({ name, tool, args }) {
  const result = await runQuietly(NODE, [join(ROOT, 'node_modules', tool), ...args]);
  return { name, ...result };
}
