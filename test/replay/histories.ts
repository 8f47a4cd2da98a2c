import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { collectKinds } from './collect-kinds.ts';
import type { SavedHistory } from './saved-history.ts';

const FOLDER = fileURLToPath(new URL('./histories', import.meta.url));
/** Of the workflows as they are; the others are of versions that may still be running somewhere. */
const TODAY = join(FOLDER, 'today');
/** Of the workflows as they are, under every fault of the suite. */
export const FAULTS = join(FOLDER, 'faults');
export const INDEX = 'index.json';

/** The saved histories of all versions, by folder and name. */
export function readHistories(): { workflowId: string; text: string; history: SavedHistory }[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json') && !file.endsWith(INDEX))
    .toSorted()
    .map((file) => {
      const text = readFileSync(join(FOLDER, file), 'utf8');
      const history = JSON.parse(text) as SavedHistory;
      return { workflowId: file.replaceAll('\\', '/').replace(/\.json$/, ''), text, history };
    });
}

/**
 * Saves one history of each kind of run in the namespace, in place of those of today's version
 * that were saved before. Returns the names of the files.
 */
export async function saveHistories(client: Client): Promise<string[]> {
  const kinds = await collectKinds(client);
  rmSync(TODAY, { recursive: true, force: true });
  mkdirSync(TODAY, { recursive: true });
  for (const { name, text } of kinds) writeFileSync(join(TODAY, `${name}.json`), text);
  return kinds.map(({ name }) => name);
}
