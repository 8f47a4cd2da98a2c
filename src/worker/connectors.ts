/** Which connectors a worker runs: these alone, or everything but these. */
export type Connectors = { channels?: string[]; except?: string[] };

/**
 * Reads `--channels` and `--except`. Throws for a name that no channel has, for one left empty, and
 * for both at once: a queue that nobody serves would only show by messages that never leave.
 */
export function connectorsOf(
  options: { channels?: string | undefined; except?: string | undefined },
  known: string[],
): Connectors {
  const { channels, except } = options;
  if (channels !== undefined && except !== undefined)
    throw new Error('--channels and --except exclude each other: give one of them.');
  if (channels !== undefined) return { channels: readNames('--channels', channels, known) };
  if (except !== undefined) return { except: readNames('--except', except, known) };
  return {};
}

function readNames(option: string, text: string, known: string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names)
    if (!known.includes(name))
      throw new Error(`${option}: there is no channel "${name}"; known are ${known.join(', ')}.`);
  return names;
}
