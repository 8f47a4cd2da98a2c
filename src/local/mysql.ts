import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePort, isListening, requireFreePort } from './ports.ts';
import { endLeftover, lastLines, spawnServer, waitUntilReady } from './processes.ts';

/** A running MariaDB or MySQL on 127.0.0.1. `stop` may be called twice. */
export type LocalMysql = { port: number; pid: number; stop(): Promise<void> };

export type LocalMysqlOptions = {
  /** The `mariadbd` or `mysqld` program. */
  program: string;
  /** Folder for its data, log and process id; made when it is missing. */
  folder: string;
  /** 0: any free port. A taken one gives an error that names MYSQL_PORT. */
  port: number;
  /** Statements, one a line, that run at every start before anybody can connect. */
  setup: string[];
  /** Further server settings, such as `{ 'sql-mode': '' }`. */
  settings?: Record<string, string>;
};

/** Where packages put servers that are on no user's PATH. */
const ELSEWHERE = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/local/mysql/bin'];

/** The server program of this machine, MariaDB's before MySQL's. */
export function findMysqlServer(path = process.env['PATH'] ?? ''): string | undefined {
  const folders = [...path.split(delimiter).filter(Boolean), ...ELSEWHERE];
  return ['mariadbd', 'mysqld']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
}

/**
 * Starts it with its state in one folder. A server that a killed process left behind on the same
 * folder is stopped first.
 */
export async function startMysql(options: LocalMysqlOptions): Promise<LocalMysql> {
  const { folder, program } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stop = () => stopLeftover(folder);
  await stop();
  const port = options.port || (await freePort());
  if (options.port) await requireFreePort(port, "the CRM's MySQL", 'MYSQL_PORT');
  if (!existsSync(dataFolder(folder))) makeData(program, folder);
  const setupFile = join(folder, 'setup.sql');
  writeFileSync(setupFile, `${options.setup.join('\n')}\n`, { mode: 0o600 });
  const logFile = join(folder, 'server.log');
  const child = spawnServer({
    file: program,
    args: serverArguments(options, port, setupFile),
    logFile,
  });
  child.unref();
  const pid = child.pid ?? 0;
  writeFileSync(pidFile(folder), String(pid));
  try {
    await waitUntilReady(child, () => isListening(port), 60_000);
  } catch (error) {
    await stop();
    throw new Error(`MySQL did not start: ${(error as Error).message}\n${lastLines(logFile)}`, {
      cause: error,
    });
  }
  return { port, pid, stop };
}

function serverArguments(
  { folder, settings = {} }: LocalMysqlOptions,
  port: number,
  setupFile: string,
): string[] {
  const all = {
    datadir: dataFolder(folder),
    port: String(port),
    'bind-address': '127.0.0.1',
    socket: socketFile(folder),
    'pid-file': join(folder, 'mysqld.pid'),
    'init-file': setupFile,
    'character-set-server': 'utf8mb4',
    'loose-innodb-buffer-pool-size': '64M',
    // MySQL's second protocol would open a port of its own.
    'loose-mysqlx': 'OFF',
    ...settings,
  };
  return [
    '--no-defaults',
    '--skip-name-resolve',
    ...asRoot(),
    ...Object.entries(all).map(([name, value]) => `--${name}=${value}`),
  ];
}

/** Both refuse to run as root unless they are told that it is meant. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

/** Made under another name first: a start that was killed half-way leaves no half data. */
function makeData(program: string, folder: string): void {
  const half = join(folder, 'data.new');
  rmSync(half, { recursive: true, force: true });
  const common = ['--no-defaults', `--datadir=${half}`, ...asRoot()];
  const version = execFileSync(program, ['--no-defaults', '--version'], { encoding: 'utf8' });
  const [file, args] = version.includes('MariaDB')
    ? [
        installer(program),
        [
          ...common,
          // Nobody gets in by the network as root: its only way is the socket in our folder.
          '--auth-root-authentication-method=socket',
          `--auth-root-socket-user=${userInfo().username}`,
          '--skip-test-db',
        ],
      ]
    : [program, [...common, '--initialize-insecure']];
  try {
    execFileSync(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr, stdout } = error as { stderr?: Buffer; stdout?: Buffer };
    throw new Error(`MySQL could not make its data folder: ${stderr ?? ''}${stdout ?? error}`, {
      cause: error,
    });
  }
  renameSync(half, dataFolder(folder));
}

function installer(program: string): string {
  const beside = [dirname(program), '/usr/bin', '/usr/local/bin'];
  const found = ['mariadb-install-db', 'mysql_install_db']
    .flatMap((name) => beside.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
  if (found) return found;
  throw new Error(`There is ${program} and no mariadb-install-db beside it; install both.`);
}

/** SIGTERM is an orderly end. Its command line names the data folder, which no other server can have. */
function stopLeftover(folder: string): Promise<void> {
  return endLeftover(pidFile(folder), dataFolder(folder));
}

/** A socket's path may have a hundred characters, which a folder's easily has. */
function socketFile(folder: string): string {
  const inside = join(folder, 'mysqld.sock');
  if (inside.length < 100) return inside;
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return join(tmpdir(), `chat4all-${hash}.sock`);
}

function dataFolder(folder: string): string {
  return join(folder, 'data');
}

function pidFile(folder: string): string {
  return join(folder, 'server.pid');
}
