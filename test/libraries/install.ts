import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Library } from './libraries.ts';

const SCRIPTS = join(import.meta.dirname, 'scripts');

/** The program that runs a library's script, and the script. */
export type Installed = { program: string; script: string };

/** Puts the libraries of both registries into `folder`, beside their scripts. */
export async function install(
  folder: string,
  libraries: readonly Library[],
): Promise<(library: Library) => Installed> {
  cpSync(SCRIPTS, folder, { recursive: true });
  const [npm, pypi] = (['npm', 'pypi'] as const).map((registry) =>
    libraries.filter((each) => each.registry === registry).flatMap(({ packages }) => packages),
  ) as [string[], string[]];
  const python = join(folder, 'python');
  if (npm.length > 0)
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, ...npm]);
  if (pypi.length > 0) {
    await run('python3', ['-m', 'venv', python]);
    await run(join(python, 'bin', 'pip'), ['install', '--quiet', ...pypi]);
  }
  return ({ registry, script }) => ({
    program: registry === 'npm' ? process.execPath : join(python, 'bin', 'python'),
    script: join(folder, script),
  });
}

async function run(program: string, args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${code}`);
}
