import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a program on our terminal and returns its exit code. Signals are passed on and never end
 * us first: Ctrl-C reaches the whole group, and the shell's prompt must not come back while the
 * program still closes its databases.
 * @param {string} file
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>}
 */
export function runHere(file, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: ROOT, env, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => child.kill(/** @type {NodeJS.Signals} */ (signal)));
    endWithNpm(() => child.kill('SIGTERM'));
    child.on('error', (error) => {
      process.stderr.write(`${file} could not be started: ${error.message}\n`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/**
 * A signal for npm alone ends npm's shell and never reaches us: what then changes is our parent.
 * @param {() => void} end
 */
function endWithNpm(end) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, 200);
  timer.unref();
}

/**
 * Runs a program silently; returns its exit code with all that it printed.
 * @param {string} file
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function runQuietly(file, args, env = process.env) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(file, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: 127, output: `${file}: ${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Shows the title and the seconds when the work takes longer than one.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(title, work) {
  const out = process.stderr;
  const started = Date.now();
  let shown = 0;
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    if (out.isTTY) out.write(`\r${title} … ${seconds} s`);
    else if (shown === 0 || seconds % 10 === 0) out.write(`${title} … ${seconds} s\n`);
    shown += 1;
  }, 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (shown > 0) out.write(`${out.isTTY ? '\r' : ''}${title} … took ${seconds} s\n`);
  }
}
