import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Runs the programs of one part in its folder, caches and all, so that nothing stays behind. */
export type Toolbox = {
  /** What the program wrote to its standard output. Throws with the end of all it wrote. */
  run(program: string, args: string[], more?: RunOptions): Promise<string>;
  /** Throws when the program is not on the PATH. */
  require(program: string): Promise<void>;
  /** Installs packages of npm into the folder; their programs are found by `run`. */
  npmInstall(packages: string[]): Promise<void>;
  /** Installs packages of PyPI into an environment in the folder; resolves with its Python. */
  pipInstall(packages: string[]): Promise<string>;
};

type RunOptions = { cwd?: string; env?: Record<string, string>; limitMs?: number };

/** On a busy machine an installation or the first compilation takes minutes. */
const LIMIT_MS = 600_000;

export function createToolbox(folder: string): Toolbox {
  mkdirSync(folder, { recursive: true });
  const environment = environmentOf(folder);
  const run: Toolbox['run'] = async (program, args, { cwd, env, limitMs = LIMIT_MS } = {}) => {
    const child = spawn(program, args, {
      cwd: cwd ?? folder,
      env: { ...environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let all = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (all += text));
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (code === 0) return stdout;
    const command = [program, ...args.slice(0, 3)].join(' ');
    throw new Error(`\`${command}\` ended with ${code ?? signal}:\n${lastLines(all)}`);
  };
  return {
    run,
    async require(program) {
      const found = await run('sh', ['-c', `command -v ${program}`]).catch(() => null);
      if (found === null) throw new Error(`${program} is not on the PATH`);
    },
    async npmInstall(packages) {
      const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-save', '--silent'];
      await run('npm', ['install', '--prefix', folder, ...quiet, ...packages]);
    },
    async pipInstall(packages) {
      const venv = join(folder, 'venv');
      await run('python3', ['-m', 'venv', venv]);
      const python = join(venv, 'bin', 'python');
      await run(python, ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', ...packages]);
      return python;
    },
  };
}

function environmentOf(folder: string): NodeJS.ProcessEnv {
  const programs = [join(folder, 'node_modules', '.bin'), join(folder, 'venv', 'bin')];
  const path = [...programs, dirname(process.execPath), process.env['PATH'] ?? ''];
  return {
    ...process.env,
    PATH: path.join(delimiter),
    npm_config_cache: join(folder, 'npm-cache'),
    GOPATH: join(folder, 'go'),
    GOCACHE: join(folder, 'go-cache'),
    // The module cache is read-only otherwise, and could not be removed.
    GOFLAGS: '-modcacherw',
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-25).join('\n');
}
