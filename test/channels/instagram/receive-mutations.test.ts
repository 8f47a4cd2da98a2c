import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { receive } from '../../../src/channels/instagram/receive.ts';
import { ACCOUNT, bodyOf, DOCUMENTED, item, requestOf } from './payloads.ts';

/** The paths of every node below the root. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]));
  return path.length > 0 ? [path, ...below] : below;
}

type Mutation = { at: number; how: 'drop' | 'replace' | 'nest' | 'add'; with: unknown };

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('drop', 'replace', 'nest', 'add'),
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
    fc.constantFrom<unknown>(ACCOUNT, '\0', '\ud83d', { id: ACCOUNT }, [{ id: 1 }], { mid: 'm' }),
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
  ),
});

/** Changes one node of a copy. */
function mutate(original: unknown, { at, how, with: value }: Mutation): unknown {
  const copy = structuredClone(original) as Record<string, unknown>;
  const paths = pathsOf(copy);
  const path = paths[at % paths.length] ?? [];
  const last = path.at(-1) ?? '';
  const parent = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, copy);
  if (how === 'drop') delete parent[last];
  else if (how === 'replace') parent[last] = value;
  else if (how === 'nest') parent[last] = [{ [last]: parent[last] }];
  else parent[`${last}_more`] = value;
  return copy;
}

const before = item({ message: { mid: 'm-before-it', text: 'before' } });
const after = item({ message: { mid: 'm-after-it', text: 'after' } });

describe('receive, with a documented payload damaged anywhere', () => {
  it.each(Object.entries(DOCUMENTED))(
    'of kind %s never throws and keeps its neighbours',
    (_kind, payload) => {
      fc.assert(
        fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
          const damaged = mutations.reduce<unknown>(mutate, payload);
          const events = receive(requestOf(bodyOf(before, damaged, after)));
          const keys = events.map((event) => event.key);
          expect(keys[0]).toBe('message:m-before-it');
          expect(keys.at(-1)).toBe('message:m-after-it');
          expect(keys.length).toBeGreaterThanOrEqual(3);
          // Whatever came out can be stored: no NUL, no half pair, no key too long for an index.
          for (const event of events) {
            const printed = JSON.stringify(event);
            expect(printed).not.toMatch(/\\u0000|\\ud[89a-f]/);
            expect(event.key.length).toBeLessThan(700);
            expect(event.at === null || Number.isSafeInteger(event.at)).toBe(true);
          }
        }),
        { numRuns: 1000 },
      );
    },
    120_000,
  );

  it('in its envelope never throws', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const body = mutations.reduce<unknown>(mutate, bodyOf(before, after));
        expect(Array.isArray(receive(requestOf(body)))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('as bytes never throws, and always says something', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = Buffer.from(JSON.stringify(bodyOf(before, after)));
        bytes[at % bytes.length] = byte;
        expect(receive(requestOf(bytes)).length).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 3000 },
    );
  });
});
