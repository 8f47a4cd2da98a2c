import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Stage } from '../faults/stage.ts';
import { collectKinds, type Kind } from './collect-kinds.ts';
import { FAULTS, INDEX } from './histories.ts';

/** Of each type of workflow, so many kinds stand for a scenario: first those with a trouble. */
const MOST_KINDS = 5;
/** What one scenario may add, in bytes, so that all of them together stay under 1.5 MB. */
const MOST_BYTES = 45_000;
const LONG = 20_000;
/** A server that does not answer may not keep the suite waiting. */
const LIMIT_MS = 120_000;

/** The names of the histories that stand for each scenario. */
export type FaultIndex = Record<string, string[]>;

/** Empty where none has been recorded. */
export function readFaultIndex(): FaultIndex {
  const file = join(FAULTS, INDEX);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FaultIndex) : {};
}

/**
 * Saves what the workflows of one scenario after another went through, each kind once; their order
 * in the index is the one of `scenarios`. Rejects when Temporal cannot be asked.
 */
export function createFaultRecorder(scenarios: { name: string }[]) {
  const written = new Set<string>();
  return async (scenario: { name: string }, { env }: Stage): Promise<string> => {
    const address = env['TEMPORAL_ADDRESS'] ?? '';
    const connection = await Connection.connect({ address });
    try {
      const client = new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? '' });
      const ends = Date.now() + LIMIT_MS;
      const kinds = await connection.withDeadline(ends, () => collectKinds(client));
      const chosen = choose(kinds, written);
      mkdirSync(FAULTS, { recursive: true });
      for (const { name, text } of chosen.filter((kind) => !written.has(kind.name))) {
        writeFileSync(join(FAULTS, `${name}.json`), text);
        written.add(name);
      }
      const names = chosen.map(({ name }) => name).toSorted();
      writeIndex(
        scenarios.flatMap((each) => {
          const found = each.name === scenario.name ? names : readFaultIndex()[each.name];
          return found ? [[each.name, found]] : [];
        }),
      );
      return `${names.length} of ${kinds.length} kinds of runs stand for it`;
    } finally {
      await connection.close();
    }
  };
}

/** Troubles first, then the rare ones, the longest last; what is there already costs nothing. */
function choose(kinds: Kind[], written: ReadonlySet<string>): Kind[] {
  const rank = ({ text, isTroubled }: Kind) => (text.length > LONG ? 2 : 0) + (isTroubled ? 0 : 1);
  const first = kinds.toSorted((a, b) => rank(a) - rank(b));
  const byType = [...Map.groupBy(first, ({ type }) => type).values()];
  const chosen: Kind[] = [];
  let bytes = 0;
  for (let turn = 0; turn < MOST_KINDS; turn += 1)
    for (const ofType of byType) {
      const fits = ofType.find((kind) => {
        const cost = written.has(kind.name) ? 0 : kind.text.length;
        return !chosen.includes(kind) && bytes + cost <= MOST_BYTES;
      });
      if (!fits) continue;
      chosen.push(fits);
      bytes += written.has(fits.name) ? 0 : fits.text.length;
    }
  const [shortest] = first.toSorted((a, b) => a.text.length - b.text.length);
  return chosen.length === 0 && shortest ? [shortest] : chosen;
}

/** Histories that stand for no scenario any more go with the entry that named them. */
function writeIndex(entries: (string | string[])[][]): void {
  const index = Object.fromEntries(entries) as FaultIndex;
  writeFileSync(join(FAULTS, INDEX), `${JSON.stringify(index, null, 2)}\n`);
  const named = new Set(Object.values(index).flat());
  for (const file of readdirSync(FAULTS))
    if (file !== INDEX && !named.has(file.replace(/\.json$/, ''))) rmSync(join(FAULTS, file));
}
