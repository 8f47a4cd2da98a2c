import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A copy of the workflows in a folder of its own, to be changed and bundled. */
export type ScratchWorkflows = {
  folder: string;
  /** Replaces text in a file of `src/workflows`; throws when it is not there. */
  change(file: string, from: string, to: string): void;
  /** Bundles as the router does. `code` is null where that failed; `output` says why. */
  bundle(): Promise<{ code: string | null; output: string }>;
  remove(): void;
};

export function copyWorkflows(): ScratchWorkflows {
  const folder = mkdtempSync(join(tmpdir(), 'chat4all-workflows-'));
  for (const part of ['package.json', 'src'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    change(file, from, to) {
      const path = join(folder, 'src/workflows', file);
      const before = readFileSync(path, 'utf8');
      if (!before.includes(from)) throw new Error(`${file} does not contain: ${from}`);
      writeFileSync(path, before.replace(from, to));
    },
    async bundle() {
      const target = join(folder, 'bundle.js');
      const args = [join(folder, 'src/local/build-bundle.ts'), target];
      // In a process of its own, as everywhere: bundling takes 270 MB.
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const [out, error, [status]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit') as Promise<[number | null]>,
      ]);
      return { code: status === 0 ? readFileSync(target, 'utf8') : null, output: out + error };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
