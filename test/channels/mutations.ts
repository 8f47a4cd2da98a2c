import fc from 'fast-check';
import type { ChannelEvent } from '../../src/channels/channel.ts';

/** Damage to a JSON document: one node is dropped, retyped, nested, doubled or gets a neighbour. */
export type Mutation = {
  at: number;
  how: 'drop' | 'replace' | 'nest' | 'double' | 'add';
  with: unknown;
};

/** Values that readers stumble over, and any others. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('drop', 'replace', 'nest', 'double', 'add'),
  with: fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      '',
      '0',
      -1,
      0,
      1e308,
      2 ** 60,
      [],
      {},
      [[]],
      'x'.repeat(5000),
    ),
    fc.constantFrom<unknown>('17841400000000123', '\0', '\ud83d', { id: '1' }, [{ id: 1 }]),
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
  ),
});

/** Changes one node of a copy. */
export const mutate = mutateAround(() => false);

/** The same, where nodes whose path (`message.chat.id`) is one to keep stay as they are. */
export function mutateAround(keeps: (path: string) => boolean) {
  return (original: unknown, mutation: Mutation) => changed(original, mutation, keeps);
}

function changed(
  original: unknown,
  { at, how, with: value }: Mutation,
  keeps: (path: string) => boolean,
): unknown {
  // Not structuredClone: an object that is there twice would be changed in both places.
  const copy = JSON.parse(JSON.stringify(original)) as Record<string, unknown>;
  const paths = pathsOf(copy).filter((path) => !keeps(path.join('.')));
  const path = paths[at % paths.length];
  if (!path) return copy;
  const last = path.at(-1) ?? '';
  const parent = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, copy);
  if (how === 'drop') delete parent[last];
  else if (how === 'replace') parent[last] = value;
  else if (how === 'nest') parent[last] = [{ [last]: parent[last] }];
  else if (how === 'double') parent[last] = [parent[last], parent[last]];
  else parent[`${last}_more`] = value;
  return copy;
}

/** The paths of every node below the root. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return path.length > 0 ? [path] : [];
  const below = Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]));
  return path.length > 0 ? [path, ...below] : below;
}

/**
 * What is wrong with events that stand between two good ones; empty where nothing is. One text for
 * all of it, for thousands of calls of `expect` take longer than what they look at.
 */
export function flawsOf(events: ChannelEvent[], first: string, last: string): string[] {
  return [
    ...(events[0]?.key === first ? [] : ['the item before is lost']),
    ...(events.at(-1)?.key === last ? [] : ['the item after is lost']),
    ...(events.length >= 3 ? [] : ['the damaged item says nothing']),
    ...events.flatMap(storageFlaws),
  ];
}

/** Whatever comes out can be stored: no NUL, no half pair, no key too long for an index. */
export function storageFlaws(event: ChannelEvent): string[] {
  const printed = JSON.stringify(event);
  return [
    ...(/\\u0000|\\ud[89a-f]/.test(printed) ? [`not storable: ${printed}`] : []),
    ...(event.key.length < 700 ? [] : ['a key is too long']),
    ...(event.at === null || Number.isSafeInteger(event.at) ? [] : ['a time is none']),
  ];
}
