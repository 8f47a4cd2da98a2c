import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MOST_PLATFORM_DATA_BYTES, toPlatformData } from '../../src/domain/platform-data.ts';

const units = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });
const long = fc
  .nat({ max: 30_000 })
  .chain((length) =>
    fc.constantFrom('x', '"', '\0', 'é', '👩', '\ud83d', '\n').map((unit) => unit.repeat(length)),
  );
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    units,
    long,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 40 }),
    fc.dictionary(units, tie('tree'), { maxKeys: 20, noNullPrototype: true }),
  ),
}));
const object = fc.dictionary(units, tree, { noNullPrototype: true });

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('what no other member holds', () => {
  it('is kept as it came, where it fits', () => {
    const left = { sticker_id: 7, is_animated: false, a: [{ b: 'c' }, null] };
    expect(toPlatformData(left)).toEqual({ content: left, truncated: false });
  });

  it('is absent where there is nothing', () => {
    expect(toPlatformData({})).toBeUndefined();
  });

  it('never has more than 16 KB, is JSON that can be stored, and says whether it was cut', () => {
    fc.assert(
      fc.property(object, (left) => {
        const data = toPlatformData(left);
        if (data === undefined) return expect(Object.keys(left)).toEqual([]);
        expect(sizeOf(data)).toBeLessThanOrEqual(MOST_PLATFORM_DATA_BYTES);
        const printed = JSON.stringify(data);
        expect(printed).not.toMatch(/\\u0000|\\ud[89a-f]/);
        expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(data)));
        if (!data.truncated) expect(toPlatformData(data.content)).toEqual(data);
      }),
      { numRuns: 300 },
    );
  });

  it('says that it was cut exactly where something is gone', () => {
    const strings = fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ size: 'large' }), {
      noNullPrototype: true,
      minKeys: 1,
    });
    fc.assert(
      fc.property(strings, (left) => {
        const clean = JSON.parse(JSON.stringify(left).replaceAll('\\u0000', '')) as object;
        const data = toPlatformData(left);
        expect(data?.truncated).toBe(JSON.stringify(data?.content) !== JSON.stringify(clean));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps small members whole and cuts the long one', () => {
    const data = toPlatformData({ long: 'é'.repeat(20_000), id: '42', last: { title: 'Cups' } });
    expect(data).toMatchObject({ content: { id: '42', last: { title: 'Cups' } }, truncated: true });
    expect(String(data?.content['long'])).toMatch(/^é{8000,}$/);
    expect(Object.keys(data?.content ?? {})).toEqual(['long', 'id', 'last']);
  });

  it('keeps as many items of a long list as fit', () => {
    const items = Array.from({ length: 5000 }, (_, n) => ({ n, title: 'a title' }));
    const data = toPlatformData({ items });
    expect(data?.truncated).toBe(true);
    expect(Object.keys(data?.content['items'] ?? []).length).toBeGreaterThan(300);
  });

  it('cuts off what is nested without end, and says so', () => {
    const deep = JSON.parse('{"a":'.repeat(5000) + '1' + '}'.repeat(5000)) as object;
    expect(toPlatformData({ deep, beside: 1 })).toMatchObject({
      content: { beside: 1 },
      truncated: true,
    });
  });

  it('keeps a member that is called __proto__ a member', () => {
    const data = toPlatformData(JSON.parse('{"__proto__":{"a":1}}') as Record<string, unknown>);
    expect(JSON.stringify(data?.content)).toBe('{"__proto__":{"a":1}}');
  });
});
