import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

declare global {
  /** Between global set-up and tear-down, which jest runs in one process. */
  var testServices: ChildProcess | undefined;
}

/** Starts the process that starts servers for tests, and tells the tests where it listens. */
export default async function globalSetup(): Promise<void> {
  const file = fileURLToPath(new URL('./services.ts', import.meta.url));
  const services = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  globalThis.testServices = services;
  const failed = once(services, 'exit').then(() => {
    throw new Error('The process that holds the test servers ended at once.');
  });
  const [port] = (await Promise.race([once(services.stdout, 'data'), failed])) as [Buffer];
  // From here on its end is the tear-down's business.
  failed.catch(() => undefined);
  process.env['CHAT4ALL_TEST_SERVICES'] = `http://127.0.0.1:${port.toString().trim()}`;
}
