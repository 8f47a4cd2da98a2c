import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres, type LocalPostgres } from '../../src/local/postgres.ts';
import { createStep } from '../../src/local/progress.ts';
import { findTemporalCli, findTimeSkippingServer } from '../../src/local/temporal-cli.ts';
import { startTemporal, type LocalTemporal } from '../../src/local/temporal.ts';
import { ensureWorkflowBundle } from '../../src/local/workflow-bundle.ts';

/**
 * The servers that tests share, in a process of their own beside jest. Each starts when a test
 * first asks for it (`GET /postgres` …), so that pure tests pay nothing. It ends, with everything
 * that it started, when its standard input closes: jest's death, however it comes, does that.
 */
const dataDir = process.env['DATA_DIR'] || fileURLToPath(new URL('../../.data', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chat4all-test-'));
// PostgreSQL runs as another user when we are root, and must be able to pass through.
chmodSync(folder, 0o711);
const step = createStep();
const started: { stop(): Promise<void> }[] = [];

/** Runs the work once; everybody who asks gets the same answer. */
function once(work: () => Promise<string>): () => Promise<string> {
  let result: Promise<string> | undefined;
  return () => (result ??= work());
}

const routes: Record<string, () => Promise<string>> = {
  '/postgres': once(async () => (await keep(postgres())).url),
  '/temporal': once(async () => (await keep(temporal())).address),
  '/time-skipping-server': once(() => findTimeSkippingServer(dataDir, step)),
  '/workflow-bundle': once(() =>
    step('Bundling the workflows', () => ensureWorkflowBundle(dataDir)),
  ),
};

function postgres(): Promise<LocalPostgres> {
  // A crash of the machine may cost the test databases; a crash of a process does not.
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '400' };
  return startPostgres({ folder: join(folder, 'postgres'), port: 0, settings });
}

async function temporal(): Promise<LocalTemporal> {
  const cli = await findTemporalCli(dataDir, step, process.env['TEMPORAL_CLI'] || undefined);
  return startTemporal({ cli, folder: join(folder, 'temporal'), port: 0, uiPort: null });
}

async function keep<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  started.push(server);
  return server;
}

const server = createServer((request, response) => {
  const route = routes[request.url ?? ''];
  if (!route) return void response.writeHead(404).end();
  route().then(
    (value) => response.end(value),
    (error: Error) => response.writeHead(500).end(error.message),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.stdout.write(`${address.port}\n`);
});

async function end(): Promise<void> {
  await Promise.allSettled(started.map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

// Ctrl-C goes to jest as well, which closes our standard input when it is done.
process.on('SIGINT', () => undefined);
process.stdin.on('end', () => void end()).resume();
