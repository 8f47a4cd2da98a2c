import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wellFormed } from '../../src/domain/well-formed.ts';

/** Whether PostgreSQL and UTF-8 take every text in it as it is. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isStorable);
}

describe('making text storable', () => {
  it('takes out NUL and replaces half a surrogate pair', () => {
    expect(wellFormed('a\0b')).toBe('ab');
    expect(wellFormed('a\ud800b')).toBe('a\ufffdb');
  });

  it('leaves emoji, control characters and everything else alone', () => {
    const text = 'Grüße 👩‍👩‍👧 \u0001\u2028\ufeff';
    expect(wellFormed(text)).toBe(text);
  });

  it('reaches into lists and objects, and touches nothing but text', () => {
    const date = new Date(0);
    const bytes = Buffer.from([0, 1]);
    expect(wellFormed({ a: ['\0x', { b: 'y\udfff' }], n: 1, z: null, u: undefined })).toEqual({
      a: ['x', { b: 'y\ufffd' }],
      n: 1,
      z: null,
      u: undefined,
    });
    expect(wellFormed({ date, bytes })).toEqual({ date, bytes });
  });

  it('keeps a member that is called __proto__ a member', () => {
    const given = JSON.parse('{"__proto__":{"a":"\\u0000b"}}') as object;
    const cleaned = wellFormed(given);
    expect(Object.keys(cleaned)).toEqual(['__proto__']);
    expect((cleaned as { a?: unknown }).a).toBeUndefined();
  });

  it('makes any JSON storable, and changes nothing that is', () => {
    const units = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        units,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const cleaned = wellFormed(value);
        expect(isStorable(cleaned)).toBe(true);
        expect(wellFormed(cleaned)).toEqual(cleaned);
        if (isStorable(value)) expect(cleaned).toEqual(value);
      }),
    );
  });
});
