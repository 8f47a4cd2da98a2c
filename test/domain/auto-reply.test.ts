import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  chooseRule,
  fillTemplate,
  isActive,
  isTimeZone,
  lacksNames,
  plainMatcher,
  unknownPlaceholders,
  WEEKDAYS,
  type ActiveHours,
  type AutoReplyRule,
} from '../../src/domain/auto-reply.ts';

const at = (text: string) => Date.parse(text);
const ALL = [...WEEKDAYS];

describe('the text of a customer', () => {
  it.each([
    ['exact', 'order66', 'order66', true],
    ['exact', 'order66', '  ORDER66\n', true],
    ['exact', 'order66', 'order66!', false],
    ['contains', 'order', 'my ORDER, please', true],
    ['contains', ' no ', 'not now', false],
    ['contains', ' no ', 'oh no please', true],
    ['starts_with', 'hi', ' Hi there', true],
    ['starts_with', 'hi', 'oh, hi', false],
    // Upper and lower case of other alphabets, and two ways to write the same letter.
    ['exact', 'STRASSE', 'straße', true],
    ['contains', 'ΟΔΟΣ', 'η οδος μου', true],
    ['exact', 'preço', 'PREC\u0327O', true],
    ['exact', '👨‍👩‍👧', '👨‍👩‍👧', true],
  ] as const)('is compared by %s: %j with %j', (match, pattern, text, fits) => {
    expect(plainMatcher(match, pattern, false)(text)).toBe(fits);
  });

  it('is compared letter by letter where the rule says so', () => {
    expect(plainMatcher('exact', 'Order', true)('order')).toBe(false);
    expect(plainMatcher('exact', 'Order', true)(' Order ')).toBe(true);
  });

  it('holds what it was made of, whatever that is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text.trim() !== ''),
        fc.boolean(),
        (before, pattern, caseSensitive) => {
          // A mark at the edge would become part of its neighbour.
          const text = `${before} ${pattern} `;
          expect(plainMatcher('exact', pattern, caseSensitive)(pattern)).toBe(true);
          expect(plainMatcher('starts_with', pattern, caseSensitive)(`${pattern} ${before}`)).toBe(
            true,
          );
          expect(plainMatcher('contains', pattern, caseSensitive)(text)).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the rule that answers', () => {
  const rule = (id: string, change: Partial<AutoReplyRule> = {}): AutoReplyRule => ({
    id,
    version: 1,
    match: 'contains',
    pattern: 'hello',
    caseSensitive: false,
    activeHours: null,
    ...change,
  });
  const matcherOf = ({ pattern }: AutoReplyRule) => plainMatcher('contains', pattern, false);
  const night: ActiveHours = { timezone: 'UTC', days: ALL, from: '22:00', to: '06:00' };

  it('is the first one that fits and is active', () => {
    const rules = [
      rule('asleep', { activeHours: night }),
      rule('other', { pattern: 'bye' }),
      rule('first'),
      rule('second'),
    ];
    const day = at('2026-11-21T12:00:00Z');
    expect(chooseRule(rules, 'hello', day, matcherOf)?.id).toBe('first');
    expect(chooseRule(rules, 'hello', at('2026-11-21T23:00:00Z'), matcherOf)?.id).toBe('asleep');
    expect(chooseRule(rules, 'nothing', day, matcherOf)).toBeUndefined();
    expect(chooseRule([], 'hello', day, matcherOf)).toBeUndefined();
  });

  it('sees only the beginning of a very long text, and no half of a character', () => {
    const seen: string[] = [];
    chooseRule([rule('one')], `${'a'.repeat(4095)}😀${'b'.repeat(9_000)}`, 0, () => (text) => {
      seen.push(text);
      return true;
    });
    expect(seen[0]).toHaveLength(4096);
    expect(seen[0]?.isWellFormed()).toBe(true);
  });
});

describe('the hours of a rule', () => {
  const office: ActiveHours = {
    timezone: 'Europe/Berlin',
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    from: '09:00',
    to: '18:00',
  };
  it.each([
    // 2026-11-20 is a Friday; Berlin is an hour ahead in winter and two in summer.
    ['2026-11-20T07:59:00Z', false],
    ['2026-11-20T08:00:00Z', true],
    ['2026-11-20T16:59:59Z', true],
    ['2026-11-20T17:00:00Z', false],
    ['2026-11-21T10:00:00Z', false],
    ['2026-07-17T07:00:00Z', true],
    ['2026-07-17T16:00:00Z', false],
  ])('by day: at %s %s', (time, active) => {
    expect(isActive(office, at(time))).toBe(active);
  });

  const nightShift: ActiveHours = { ...office, days: ['fri'], from: '22:00', to: '06:00' };
  it.each([
    ['2026-11-20T20:59:00Z', false],
    ['2026-11-20T21:00:00Z', true],
    ['2026-11-21T04:59:00Z', true],
    ['2026-11-21T05:00:00Z', false],
    // Saturday's evening belongs to Saturday, Friday's early morning to Thursday.
    ['2026-11-21T22:00:00Z', false],
    ['2026-11-20T02:00:00Z', false],
  ])('over midnight they belong to the day on which they begin: at %s %s', (time, active) => {
    expect(isActive(nightShift, at(time))).toBe(active);
  });

  it('go from Sunday into Monday', () => {
    const hours: ActiveHours = { timezone: 'UTC', days: ['sun'], from: '20:00', to: '08:00' };
    expect(isActive(hours, at('2026-11-23T07:00:00Z'))).toBe(true);
    expect(isActive(hours, at('2026-11-22T07:00:00Z'))).toBe(false);
  });

  it('split the week between two rules without a gap and without both', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    const clock = (of: number) =>
      `${String(Math.floor(of / 60)).padStart(2, '0')}:${String(of % 60).padStart(2, '0')}`;
    fc.assert(
      fc.property(
        minute,
        minute,
        fc.constantFrom('UTC', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Pacific/Apia'),
        fc.integer({ min: 0, max: 400 * 1440 }),
        (one, other, timezone, minutes) => {
          fc.pre(one !== other);
          const now = at('2026-01-01T00:00:00Z') + minutes * 60_000;
          const hours = { timezone, days: ALL, from: clock(one), to: clock(other) };
          const rest = { timezone, days: ALL, from: clock(other), to: clock(one) };
          expect(isActive(hours, now)).not.toBe(isActive(rest, now));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('last the whole day from 00:00 to 24:00', () => {
    const always = { timezone: 'Asia/Tokyo', days: ALL, from: '00:00', to: '24:00' };
    for (let hour = 0; hour < 24 * 7; hour += 1)
      expect(isActive(always, at('2026-11-21T00:00:00Z') + hour * 3_600_000)).toBe(true);
  });

  it('are in zones of the IANA database, and in no fixed offsets', () => {
    for (const name of ['UTC', 'America/Sao_Paulo', 'Europe/Kyiv'])
      expect(isTimeZone(name)).toBe(true);
    for (const name of ['', '+03:00', '-0300', 'Mars/Base', 'Berlin', '../etc'])
      expect(isTimeZone(name)).toBe(false);
  });
});

describe('the text of an answer', () => {
  const ana = { id: '777', username: 'ana.lima', name: 'Ana Lima' };

  it('has the names of the customer in it', () => {
    expect(fillTemplate('Hi {name} ({username}), {name}!', ana)).toBe(
      'Hi Ana Lima (ana.lima), Ana Lima!',
    );
  });

  it('takes the other name, or the platform’s id, for one that nobody knows', () => {
    const both = '{name}/{username}';
    expect(fillTemplate(both, { ...ana, name: null })).toBe('ana.lima/ana.lima');
    expect(fillTemplate(both, { ...ana, username: '' })).toBe('Ana Lima/Ana Lima');
    expect(fillTemplate(both, { ...ana, username: null, name: ' \n' })).toBe('777/777');
  });

  it('knows when the platform has to be asked', () => {
    expect(lacksNames('Hi {name}', { ...ana, name: null })).toBe(true);
    expect(lacksNames('Hi {name}', { ...ana, username: null })).toBe(false);
    expect(lacksNames('Hi {username}', { ...ana, username: null })).toBe(true);
    expect(lacksNames('Hi', { id: '1', username: null, name: null })).toBe(false);
  });

  it('tells what looks like a placeholder and is none', () => {
    expect(unknownPlaceholders('{name} {nmae} {} { name } {username}')).toEqual(['{nmae}']);
  });

  it('cannot be steered by a name: neither placeholders nor lines nor whole pages', () => {
    expect(fillTemplate('{name}', { ...ana, name: '{username} $& $1' })).toBe('{username} $& $1');
    expect(fillTemplate('{name}', { ...ana, name: 'A\r\nB\u0000C' })).toBe('A B C');
    expect([...fillTemplate('{name}', { ...ana, name: '😀'.repeat(500) })]).toHaveLength(100);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(fillTemplate('<{name}>', { ...ana, name })).toMatch(/^<[^\n\r]+>$/u);
      }),
    );
  });
});
