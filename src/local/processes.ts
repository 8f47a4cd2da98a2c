import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** What a server process needs to start; its output goes to a file, never to the terminal. */
export type ServerCommand = {
  file: string;
  args: string[];
  logFile: string;
  cwd?: string;
  uid?: number | undefined;
  gid?: number | undefined;
};

/**
 * Starts a server in a process group of its own: Ctrl-C reaches the whole group of the terminal,
 * and would otherwise end the databases before the workers that still write to them.
 */
export function spawnServer(command: ServerCommand): ChildProcess {
  const log = openSync(command.logFile, 'a', 0o600);
  try {
    const child = spawn(command.file, command.args, {
      detached: true,
      stdio: ['ignore', log, log],
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      ...(command.uid === undefined ? {} : { uid: command.uid }),
      ...(command.gid === undefined ? {} : { gid: command.gid }),
    });
    // Without a listener a failed spawn would be an uncaught exception; the wait for readiness
    // sees that the process is not there.
    child.on('error', () => undefined);
    return child;
  } finally {
    closeSync(log);
  }
}

/** Whether this process runs and its command line contains the marker (process ids are reused). */
export function isRunning(pid: number, marker: string): boolean {
  return commandLine(pid).includes(marker);
}

/**
 * Ends a process: the first signal, and after `patienceMs` the second. Returns when it is gone.
 * The marker keeps us from ending a stranger that was given the same process id.
 */
export async function endProcess(
  pid: number,
  marker: string,
  signals: [NodeJS.Signals, NodeJS.Signals],
  patienceMs: number,
): Promise<void> {
  for (const signal of signals) {
    if (!isRunning(pid, marker)) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    const deadline = Date.now() + patienceMs;
    while (isRunning(pid, marker) && Date.now() < deadline) await pause(20);
  }
}

/**
 * Ends the server that a killed process left behind, if there is one; `pidFile` names it, and the
 * marker stands in its command line.
 */
export async function endLeftover(pidFile: string, marker: string): Promise<void> {
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile, 'utf8'));
  } catch {
    return;
  }
  await endProcess(pid, marker, ['SIGTERM', 'SIGKILL'], 10_000);
}

/** Waits until `ready` says so. Throws when the process ended before, or after `limitMs`. */
export async function waitUntilReady(
  child: ChildProcess,
  ready: () => boolean | Promise<boolean>,
  limitMs: number,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await ready())) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended at once (exit code ${child.exitCode ?? child.signalCode})`);
    if (Date.now() > deadline) throw new Error(`it was not ready after ${limitMs / 1000} s`);
    await pause(20);
  }
}

/** The last lines of a server's log file, to be shown when it does not start. */
export function lastLines(file: string, count = 5): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

function commandLine(pid: number): string {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-ww', '-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
