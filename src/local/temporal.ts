import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { freePort, isListening, requireFreePort } from './ports.ts';
import { endLeftover, lastLines, spawnServer, waitUntilReady } from './processes.ts';

/** A running dev server. `stop` may be called twice. */
export type LocalTemporal = { address: string; uiUrl: string | null; stop(): Promise<void> };

export type LocalTemporalOptions = {
  /** The `temporal` program. */
  cli: string;
  /** Folder for its database, log and process id; made when it is missing. */
  folder: string;
  /** 0: any free port. A taken one gives an error that names TEMPORAL_PORT. */
  port: number;
  /** Port of the Web UI (TEMPORAL_UI_PORT), or null for none. */
  uiPort: number | null;
  /** Dynamic configuration of the server beside what the router wants: `name=value`. */
  settings?: string[];
  /** Namespaces to make beside `default`. */
  namespaces?: string[];
};

/** PostgreSQL is the long record; closed workflows are kept for looking at them. */
const RETENTION_SECONDS = 72 * 3600;

/**
 * Starts the CLI's dev server on 127.0.0.1 with a database file. A server that a killed process
 * left behind on the same file is stopped first.
 */
export async function startTemporal(options: LocalTemporalOptions): Promise<LocalTemporal> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const stop = () => stopLeftover(options.folder);
  await stop();
  const port = options.port || (await freePort());
  if (options.port) await requireFreePort(port, 'Temporal', 'TEMPORAL_PORT');
  if (options.uiPort) await requireFreePort(options.uiPort, 'Temporal UI', 'TEMPORAL_UI_PORT');
  const address = `127.0.0.1:${port}`;
  try {
    await startServer(options, port, address);
    await setRetention(address);
  } catch (error) {
    await stop();
    const log = lastLines(join(options.folder, 'server.log'));
    throw new Error(`Temporal did not start: ${(error as Error).message}\n${log}`, {
      cause: error,
    });
  }
  return { address, uiUrl: options.uiPort ? `http://127.0.0.1:${options.uiPort}` : null, stop };
}

async function startServer(
  options: LocalTemporalOptions,
  port: number,
  address: string,
): Promise<void> {
  const child = spawnServer({
    file: options.cli,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
      ...['--db-filename', databaseFile(options.folder)],
      // With the default (an fsync for every write) it does a third of the workflows a second.
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
      ...['--dynamic-config-value', 'limit.maxIDLength=255'],
      ...['--dynamic-config-value', 'matching.enableFairness=true'],
      ...(options.settings ?? []).flatMap((each) => ['--dynamic-config-value', each]),
      ...['--log-level', 'error'],
      ...(options.uiPort === null ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
      ...(options.namespaces ?? []).flatMap((name) => ['--namespace', name]),
    ],
    logFile: join(options.folder, 'server.log'),
  });
  child.unref();
  writeFileSync(pidFile(options.folder), String(child.pid));
  // The SDK waits a second after a refused connection; looking at the port first spares that.
  await waitUntilReady(child, () => isListening(port), 60_000);
  await waitUntilReady(child, () => isServing(address), 60_000);
}

async function isServing(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 1000 });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

async function setRetention(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.updateNamespace({
      namespace: 'default',
      config: { workflowExecutionRetentionTtl: { seconds: RETENTION_SECONDS as never } },
    });
  } finally {
    await connection.close();
  }
}

/** Its command line names the database file, which no other server can have. */
function stopLeftover(folder: string): Promise<void> {
  return endLeftover(pidFile(folder), databaseFile(folder));
}

function databaseFile(folder: string): string {
  return join(folder, 'temporal.db');
}

function pidFile(folder: string): string {
  return join(folder, 'server.pid');
}
