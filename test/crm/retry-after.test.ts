import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter } from '../../src/crm/retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const YEAR_MS = 365 * 86_400_000;

describe('Retry-After', () => {
  it.each<[string | string[] | undefined, number | null]>([
    ['0', 0],
    ['120', 120_000],
    [' 120 ', 120_000],
    [['30', '60'], 30_000],
    ['Sun, 01 Mar 2026 12:01:30 GMT', 90_000],
    ['Sunday, 01-Mar-26 12:01:30 GMT', 90_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['1000000000', YEAR_MS],
    ['9'.repeat(400), YEAR_MS],
    ['Fri, 31 Dec 9999 23:59:59 GMT', YEAR_MS],
    ['-1', null],
    ['1.5', null],
    ['1e3', null],
    ['0x10', null],
    ['soon', null],
    ['Infinity', null],
    ['Sun, 99 Mar 2026 12:01:30 GMT', null],
    ['2026-03-01T12:01:30Z', null],
    ['', null],
    [[], null],
    [undefined, null],
  ])('%j asks to wait %j ms', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });

  it('is never negative, infinite or not a number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (header) => {
        const ms = parseRetryAfter(header, NOW);
        expect(ms === null || (ms >= 0 && ms <= YEAR_MS)).toBe(true);
      }),
    );
  });
});
