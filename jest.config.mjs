/** One runner for everything: jest in ESM mode, because MikroORM 7 is ESM only. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // Two cores: more workers only make each other's databases and browsers slower.
  maxWorkers: 2,
  // A worker keeps the modules of every file that it ran. Giving back a gigabyte takes longer than
  // the half second that jest allows at the end, and it then speaks of handles that nobody left open.
  workerIdleMemoryLimit: '200MB',
  // Tests that are written to run beside each other wait most of the time.
  maxConcurrency: 24,
  testTimeout: 60_000,
};
