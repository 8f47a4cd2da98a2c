import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  apiKeyLast4,
  apiKeyPrefix,
  generateApiKey,
  hashApiKey,
  isApiKey,
} from '../../src/database/api-key-format.ts';

describe('the format of API keys', () => {
  it('makes keys of the documented shape, all different', () => {
    const keys = Array.from({ length: 1000 }, generateApiKey);
    expect(new Set(keys).size).toBe(1000);
    for (const key of keys) expect(key).toMatch(/^c4a_live_[0-9A-Za-z]{38}$/);
    expect(keys.every(isApiKey)).toBe(true);
  });

  it('uses every character about equally often', () => {
    const counts = new Map<string, number>();
    const keys = 2000;
    for (let i = 0; i < keys; i++)
      for (const character of generateApiKey().slice(9, 41))
        counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(62);
    // A byte modulo 62 would give the first eight characters 25 % more than the others.
    const firstEight = Array.from('01234567').reduce((sum, c) => sum + (counts.get(c) ?? 0), 0);
    const share = firstEight / ((keys * 32 * 8) / 62);
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(1.07);
  });

  it('reads the checksum as CRC32 in base62, as other tools work it out', () => {
    expect(isApiKey('c4a_live_000000000000000000000000000000004RiPSe')).toBe(true);
    expect(isApiKey('c4a_live_000000000000000000000000000000004RiPSf')).toBe(false);
  });

  it('refuses a key with any one character changed', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 46 }),
        fc.constantFrom(
          ...Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-'),
        ),
        (position, character) => {
          const key = generateApiKey();
          if (key[position] === character) return;
          expect(isApiKey(key.slice(0, position) + character + key.slice(position + 1))).toBe(
            false,
          );
        },
      ),
    );
  });

  it.each([
    ['nothing', ''],
    ['only the mark', 'c4a_live_'],
    ['a line feed at the end', `${generateApiKey()}\n`],
    ['a space before', ` ${generateApiKey()}`],
    ['one character too many', `${generateApiKey()}0`],
    ['another mark', generateApiKey().replace('c4a', 'c4b')],
    ['two neighbours swapped', swapped(generateApiKey())],
    ['letters outside ASCII', generateApiKey().slice(0, -1) + 'é'],
  ])('refuses %s', (_, text) => {
    expect(isApiKey(text)).toBe(false);
  });

  it('hashes to SHA-256 in hex', () => {
    expect(hashApiKey('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('shows nine marks and four characters in front and four at the end', () => {
    const key = generateApiKey();
    expect(apiKeyPrefix(key)).toBe(key.slice(0, 13));
    expect(apiKeyLast4(key)).toBe(key.slice(43));
  });
});

function swapped(key: string): string {
  for (let i = 12; ; i++)
    if (key[i] !== key[i + 1]) return key.slice(0, i) + key[i + 1] + key[i] + key.slice(i + 2);
}
