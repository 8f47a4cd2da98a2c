import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { check } from './checker.ts';
import type { Row } from './run-scenario.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const JEST = createRequire(import.meta.url).resolve('jest/bin/jest');

export const PLANTED_FAULTS = {
  name: 'planted-faults',
  title: 'journals with one fault planted in each, which the checker must find',
};

const NO_JOURNALS = { driver: [], platform: [], crm: [], alerts: [], states: [] };

type Report = {
  numTotalTests: number;
  testResults: { assertionResults: { fullName: string; status: string }[] }[];
};

/** The checker's own tests, as a row before all others: one that cannot fail would pass them all. */
export async function runPlantedFaults(): Promise<Row> {
  const begun = performance.now();
  const child = spawn(process.execPath, [JEST, 'test/faults/checker.test.ts', '--json'], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { numTotalTests, testResults } = (await json(child.stdout)) as Report;
  const missed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ fullName, status }) => (status === 'passed' ? [] : [fullName])),
  );
  const ok = numTotalTests > 0 && missed.length === 0;
  return {
    scenario: PLANTED_FAULTS,
    runs: numTotalTests,
    verdict: { ...check(NO_JOURNALS), wrong: missed },
    notes: [],
    seconds: (performance.now() - begun) / 1000,
    ok,
  };
}
