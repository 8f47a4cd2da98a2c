import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/local/ports.ts';
import { startMysql } from '../../src/local/mysql.ts';
import { askServices } from './ask-services.ts';

/** A server of a test's own, to be set up otherwise, frozen, or killed. */
export type OwnMysql = {
  /** For an administrator; the port stays the same over all starts. */
  url: string;
  /** Starts it again after it was killed. */
  start(): Promise<void>;
  kill(): void;
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
};

/** Starts one in a temporary folder. Takes a few seconds. */
export async function startOwnMysql(given?: string): Promise<OwnMysql> {
  const program = given ?? (await askServices('mysql-program'));
  const folder = mkdtempSync(join(tmpdir(), 'chat4all-mysql-'));
  const password = randomBytes(12).toString('hex');
  const admin = `'test'@'127.0.0.1'`;
  const setup = [
    `create user if not exists ${admin} identified by '${password}';`,
    `grant all on *.* to ${admin} with grant option;`,
  ];
  const port = await freePort();
  const begin = () => startMysql({ program, folder, port, setup });
  let running = await begin();
  const signal = (name: NodeJS.Signals) => void process.kill(running.pid, name);
  return {
    url: `mysql://test:${password}@127.0.0.1:${port}`,
    async start() {
      running = await begin();
    },
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async close() {
      try {
        signal('SIGCONT');
      } catch {
        // It was killed and not started again.
      }
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
