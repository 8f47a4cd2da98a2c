import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Copies a file of `programs` to where the generated code lies; its place there. */
export function readyProgram(name: string, folder: string): string {
  const place = join(folder, basename(name));
  copyFileSync(fileURLToPath(new URL(`programs/${name}`, import.meta.url)), place);
  return place;
}
