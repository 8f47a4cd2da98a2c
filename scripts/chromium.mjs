import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runQuietly, withProgress } from './processes.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Installs Debian's Chromium for the tests of the page where that is possible; says so if not. */
export async function ensureChromium() {
  if (isOnPath(NAMES)) return;
  const canInstall = process.getuid?.() === 0 && isOnPath(['apt-get']);
  const installed = canInstall && (await withProgress('Installing Chromium (apt-get)', install));
  if (!installed)
    process.stderr.write('There is no Chromium on PATH: the tests of the page will be skipped.\n');
}

async function install() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const steps = [['update'], ['install', '-y', '--no-install-recommends', 'chromium']];
  for (const args of steps) {
    const { code, output } = await runQuietly('apt-get', args, env);
    if (code !== 0) {
      process.stderr.write(output.split('\n').slice(-5).join('\n'));
      return false;
    }
  }
  return true;
}

/** @param {string[]} names */
function isOnPath(names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => names.some((name) => existsSync(join(folder, name))));
}
