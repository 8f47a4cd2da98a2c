import { once } from 'node:events';

/** Closes the standard input of the process that holds the servers, and waits for its end. */
export default async function globalTeardown(): Promise<void> {
  const services = globalThis.testServices;
  if (!services || services.exitCode !== null) return;
  const ended = once(services, 'exit');
  services.stdin?.end();
  await ended;
}
