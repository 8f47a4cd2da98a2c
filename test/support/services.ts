import { execFile as execFileCallback } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgres, type LocalPostgres } from '../../src/local/postgres.ts';
import { findMysqlServer, startMysql } from '../../src/local/mysql.ts';
import { createStep } from '../../src/local/progress.ts';
import { findTemporalCli, findTimeSkippingServer } from '../../src/local/temporal-cli.ts';
import { startTemporal, type LocalTemporal } from '../../src/local/temporal.ts';
import { ensureWorkflowBundle } from '../../src/local/workflow-bundle.ts';

/**
 * The servers that tests share, in a process of their own beside jest. Each starts when a test
 * first asks for it (`GET /postgres` …), so that pure tests pay nothing. It ends, with everything
 * that it started, when its standard input closes: jest's death, however it comes, does that.
 */
const execFile = promisify(execFileCallback);
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
  '/mysql': once(mysqlUrl),
  '/mysql-program': once(mysqlProgram),
  '/temporal': once(async () => (await keep(temporal())).address),
  '/temporal-cli': once(temporalCli),
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

function temporalCli(): Promise<string> {
  return findTemporalCli(dataDir, step, process.env['TEMPORAL_CLI'] || undefined);
}

async function temporal(): Promise<LocalTemporal> {
  const cli = await temporalCli();
  const settings = [
    'frontend.WorkflowPauseEnabled=true',
    // By default it takes most of a minute until the server lists a run that cannot go on.
    'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2',
  ];
  return startTemporal({ cli, folder: join(folder, 'temporal'), port: 0, uiPort: null, settings });
}

/** Where an administrator gets into a MariaDB or MySQL; each test makes a database of its own there. */
async function mysqlUrl(): Promise<string> {
  const given = process.env['CRM_MYSQL_TEST_URL'];
  if (given) return given;
  const program = await mysqlProgram();
  const password = randomBytes(12).toString('hex');
  const admin = `'test'@'127.0.0.1'`;
  const setup = [
    `create user if not exists ${admin} identified by '${password}';`,
    `grant all on *.* to ${admin} with grant option;`,
  ];
  const { port } = await keep(
    step('Starting MySQL', () =>
      startMysql({ program, folder: join(folder, 'mysql'), port: 0, setup }),
    ),
  );
  return `mysql://test:${password}@127.0.0.1:${port}`;
}

async function mysqlProgram(): Promise<string> {
  const found = findMysqlServer();
  if (found) return found;
  if (process.getuid?.() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const get = (...args: string[]) => execFile('apt-get', args, { env });
    await step('Installing MariaDB (apt-get)', async () => {
      await get('update');
      await get('install', '-y', '--no-install-recommends', 'mariadb-server');
    }).catch(() => undefined);
  }
  const installed = findMysqlServer();
  if (installed) return installed;
  throw new Error(
    'The tests of the CRM mirror need MariaDB or MySQL: put mariadbd or mysqld on the PATH ' +
      '(apt-get install mariadb-server), or set CRM_MYSQL_TEST_URL to a server of your own.',
  );
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
