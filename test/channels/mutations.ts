import fc from 'fast-check';
import type { ChannelEvent } from '../../src/channels/channel.ts';

/** One node of a JSON document is dropped, retyped, nested, doubled or gets a neighbour. */
type Mutation = {
  at: number;
  how: 'drop' | 'replace' | 'nest' | 'double' | 'add';
  with: unknown;
};

/** Values that readers stumble over, and any others. */
const mutation: fc.Arbitrary<Mutation> = fc.record({
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

type Damage = Mutation[];

const SEED = Math.floor(Math.random() * 2 ** 31);

/** Made once for every payload of a file: making them takes as long as reading what they damage. */
const damages = fc.sample(fc.array(mutation, { minLength: 1, maxLength: 3 }), {
  numRuns: 5000,
  seed: SEED,
});

/** What is wrong, in words; empty where nothing is. A throw is wrong as well. */
type Look = (damaged: unknown) => string[];

/**
 * Looks at `runs` damaged copies of a payload. `keeps`: paths (`message.chat.id`) of nodes that stay
 * as they are. No `expect`, of which thousands take longer than what they look at.
 */
export function checkDamaged(
  payload: unknown,
  look: Look,
  { runs = damages.length, keeps = () => false }: { runs?: number; keeps?: Keeps } = {},
): void {
  const printed = JSON.stringify(payload);
  for (const damage of damages.slice(0, runs))
    blame(damage, tried(look, damaged(printed, damage, keeps)));
}

/**
 * Puts damaged copies of an item between good ones, `good(0)` before the first, and several into
 * one body, since reading the good ones is most of the work. `read` gets the items as JSON; an item
 * of the key `keyOf(n)` must come out of `good(n)`.
 */
export function checkNeighbours(
  payload: unknown,
  {
    good,
    keyOf,
    read,
  }: {
    good: (n: number) => unknown;
    keyOf: (n: number) => string;
    read: (items: string[]) => ChannelEvent[];
  },
): void {
  const printed = JSON.stringify(payload);
  const goods = Array.from({ length: TOGETHER + 1 }, (_, n) => JSON.stringify(good(n)));
  const flawsOf = (several: Damage[]) => {
    const items = several.flatMap((damage, n) => [
      goods[n] ?? '',
      JSON.stringify(damaged(printed, damage, () => false)),
    ]);
    return flawsBetween(read([...items, goods[several.length] ?? '']), several.length, keyOf);
  };
  for (let from = 0; from < damages.length; from += TOGETHER) {
    const several = damages.slice(from, from + TOGETHER);
    const flaws = tried(flawsOf, several);
    if (flaws.length === 0) continue;
    for (const damage of several) blame(damage, tried(flawsOf, [damage]));
    blame(several.flat(), flaws);
  }
}

const TOGETHER = 20;

function tried<T>(look: (what: T) => string[], what: T): string[] {
  try {
    return look(what);
  } catch (error) {
    return [`it threw ${String(error)}`];
  }
}

function blame(damage: Damage, flaws: string[]): void {
  if (flaws.length > 0)
    throw new Error(`${flaws.join('; ')}, damaged by ${JSON.stringify(damage)} of seed ${SEED}`);
}

/** What is wrong with the events of good items and of as many damaged ones, each between two. */
function flawsBetween(
  events: ChannelEvent[],
  count: number,
  keyOf: (n: number) => string,
): string[] {
  const places = new Map(events.map(({ key }, index) => [key, index]));
  const at = Array.from({ length: count + 1 }, (_, n) => places.get(keyOf(n)) ?? -1);
  return [
    ...(at.includes(-1) ? ['a good neighbour is lost'] : []),
    ...(at.every((place, n) => n === 0 || place >= (at[n - 1] ?? 0) + 2)
      ? []
      : ['a damaged item says nothing, or what it says is out of turn']),
    ...(at[0] === 0 && at[count] === events.length - 1 ? [] : ['something stands outside']),
    ...events.flatMap(storageFlaws),
  ];
}

type Keeps = (path: string) => boolean;

/** A copy with all of a damage done to it, one mutation after the other. */
function damaged(printed: string, damage: Damage, keeps: Keeps): unknown {
  const copy = JSON.parse(printed) as Parent;
  for (const { at, how, with: value } of damage) {
    const nodes = nodesOf(copy, '', keeps, []);
    const node = nodes[at % nodes.length];
    if (!node) continue;
    const { parent, key } = node;
    if (how === 'drop') delete parent[key];
    else if (how === 'replace') parent[key] = copyOf(value);
    else if (how === 'nest') parent[key] = [{ [key]: parent[key] }];
    else if (how === 'double') parent[key] = [parent[key], copyOf(parent[key])];
    else parent[`${key}_more`] = copyOf(value);
  }
  return copy;
}

/** What is there twice, or in the next damaged document too, must not be changed in both places. */
function copyOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null
    ? (JSON.parse(JSON.stringify(value)) as unknown)
    : value;
}

type Parent = Record<string, unknown>;
type Node = { parent: Parent; key: string };

/** Every node below the root but those that are kept. */
function nodesOf(parent: Parent, path: string, keeps: Keeps, found: Node[]): Node[] {
  for (const key of Object.keys(parent)) {
    const here = `${path}${key}`;
    if (!keeps(here)) found.push({ parent, key });
    const child = parent[key];
    if (typeof child === 'object' && child !== null)
      nodesOf(child as Parent, `${here}.`, keeps, found);
  }
  return found;
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
