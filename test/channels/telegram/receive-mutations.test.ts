import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { receive } from '../../../src/channels/telegram/receive.ts';
import { answerWebhook } from '../../../src/channels/telegram/webhook.ts';
import { message, MESSAGES, OTHERS, requestOf, update } from './payloads.ts';

/** The paths of every node below the root. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]));
  return path.length > 0 ? [path, ...below] : below;
}

type Mutation = { at: number; how: 'drop' | 'replace' | 'nest' | 'double'; with: unknown };

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('drop', 'replace', 'nest', 'double'),
  with: fc.oneof(
    fc.constantFrom<unknown>(null, true, '', '0', -1, 0, 1e308, 2 ** 60, [], {}, [[]]),
    fc.constantFrom<unknown>(
      'x'.repeat(5000),
      '\0',
      '\ud83d',
      { id: 1 },
      [{ id: 1 }],
      -100,
      'private',
    ),
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
  ),
});

/** Changes one node of a copy; paths that `keeps` names stay as they are. */
function mutate(keeps: (path: string) => boolean) {
  return (original: unknown, { at, how, with: value }: Mutation): unknown => {
    // Not structuredClone: it would keep the payloads' shared chats shared.
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
    else parent[`${last}_more`] = parent[last];
    return copy;
  };
}

const anywhere = mutate(() => false);
const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });
const RUNS = 5000;

/** Whatever came out can be stored: no NUL, no half pair, no key too long for an index. */
function expectStorable(events: ReturnType<typeof receive>): void {
  expect(events.length).toBeGreaterThanOrEqual(1);
  for (const event of events) {
    expect(JSON.stringify(event)).not.toMatch(/\\u0000|\\ud[89a-f]/);
    expect(event.key.length).toBeLessThan(700);
    expect(event.at === null || Number.isSafeInteger(event.at)).toBe(true);
  }
}

describe('receive, with a documented update damaged anywhere,', () => {
  const all = {
    ...Object.fromEntries(Object.entries(MESSAGES).map(([kind, one]) => [kind, { message: one }])),
    ...OTHERS,
  };

  it.each(Object.entries(all))(
    'of kind %s never throws and always says something',
    (_kind, member) => {
      fc.assert(
        fc.property(mutations, (list) => {
          const request = requestOf(list.reduce<unknown>(anywhere, update(member)));
          expectStorable(receive(request));
          answerWebhook(request);
        }),
        { numRuns: RUNS },
      );
    },
    120_000,
  );

  it('as bytes never throws', () => {
    const whole = Buffer.from(JSON.stringify(update({ message: MESSAGES['reply'] })));
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = Buffer.from(whole);
        bytes[at % bytes.length] = byte;
        expectStorable(receive(requestOf(bytes)));
      }),
      { numRuns: RUNS },
    );
  });

  it('nested too deep to print never throws', () => {
    const deep = `{"update_id":1,"message":${'{"message":'.repeat(20_000)}1${'}'.repeat(20_000)}}`;
    expectStorable(receive(requestOf(Buffer.from(deep))));
  });
});

/** What a message cannot be kept without, and what says that it is ours to keep. */
const NEEDED = /^(message|message\.(message_id|chat|chat\.id|chat\.type))$/;

describe('a message whose number and chat are readable', () => {
  const around = mutate((path) => NEEDED.test(path));

  it.each(Object.entries(MESSAGES))(
    'is not lost, whatever else of a %s is damaged',
    (_kind, one) => {
      fc.assert(
        fc.property(mutations, (list) => {
          const damaged = list.reduce<unknown>(around, update({ message: one }));
          const [event] = receive(requestOf(damaged));
          const chat = one['chat'] as { id: number };
          expect(event).toMatchObject({ kind: 'message', key: `message:${chat.id}:7` });
        }),
        { numRuns: 1000 },
      );
    },
    120_000,
  );

  it('is not lost when another member of the update is damaged', () => {
    const two = { edited_message: { message_id: {} }, message: message({ text: 'x' }) };
    const kinds = receive(requestOf(update(two))).map((event) => event.kind);
    expect(kinds.toSorted()).toEqual(['message', 'unreadable']);
  });
});
