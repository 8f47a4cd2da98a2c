import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { createRouterProcess } from '../support/router-process.ts';

let database: TestDatabase;
let stranger: Server;
let takenPort: string;
beforeAll(async () => {
  database = await createTestDatabase();
  stranger = createServer();
  await new Promise<void>((resolve) => void stranger.listen(0, '127.0.0.1', resolve));
  takenPort = String((stranger.address() as AddressInfo).port);
});
afterAll(async () => {
  await new Promise((resolve) => stranger.close(resolve));
  await database.drop();
});

/** What a process wrote that could not start. */
async function failure(main: string, env: Record<string, string>): Promise<string> {
  // Nobody answers here: the process has to end by itself.
  const started = createRouterProcess({ main, env, readyUrl: 'http://127.0.0.1:1/' }).start();
  return started.then(
    () => 'it started',
    (error: Error) => error.message,
  );
}
const good = () => ({
  ENVIRONMENT: 'test',
  DATABASE_URL: database.url,
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  TEMPORAL_ADDRESS: '127.0.0.1:1',
});

describe('a process that cannot start', () => {
  it.each(['src/api/main.ts', 'src/worker/main.ts'])(
    'names every wrong variable at once: %s',
    async (main) => {
      const output = await failure(main, { PORT: 'eighty', LOG_LEVEL: 'loud' });
      for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'ENCRYPTION_KEYS'])
        expect(output).toMatch(new RegExp(`^ +${name}: `, 'm'));
    },
  );

  it.each([
    ['src/api/main.ts', 'PORT'],
    ['src/worker/main.ts', 'WORKER_HEALTH_PORT'],
  ])('names the variable of a port that is taken: %s', async (main, variable) => {
    const output = await failure(main, { ...good(), [variable]: takenPort });
    expect(output).toContain(`${variable}: ${takenPort} on 127.0.0.1 is in use`);
  });
});
