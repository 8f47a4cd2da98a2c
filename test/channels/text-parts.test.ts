import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitText, utf8Bytes } from '../../src/channels/text-parts.ts';

const family = '👩‍👩‍👧‍👦'; // 25 bytes, one grapheme
const utf16 = (text: string) => text.length;

function graphemesOf(text: string): string[] {
  return [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(text)].map(
    ({ segment }) => segment,
  );
}

/** Texts of the kinds that break splitters: emoji, accents, flags, scripts, spaces, halves. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(family, '🇧🇷', '👍🏽', 'é', 'e\u0301', '\r\n', '\n', ' ', '\u2028', 'नि', 'ä'),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.string({ maxLength: 12 }),
      fc.constantFrom('\ud83d', '\ude00', '\0'),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => pieces.join(''));

describe('splitText', () => {
  it('leaves a text within the limit alone, also an empty one', () => {
    expect(splitText('ä'.repeat(500), 1000, utf8Bytes)).toEqual(['ä'.repeat(500)]);
    expect(splitText('', 1000, utf8Bytes)).toEqual(['']);
  });

  it('counts what it is told to count', () => {
    const text = 'ä'.repeat(501);
    expect(splitText(text, 1000, utf8Bytes).map((part) => part.length)).toEqual([500, 1]);
    expect(splitText(text, 1000, utf16)).toHaveLength(1);
  });

  it('cuts after white space and keeps it', () => {
    expect(splitText('one two three four', 10, utf8Bytes)).toEqual(['one two ', 'three four']);
    expect(splitText('one\ntwo three four', 10, utf8Bytes)).toEqual(['one\ntwo ', 'three four']);
  });

  it('prefers the end of a line to the end of a word', () => {
    expect(splitText('first line\nit goes on and on', 20, utf8Bytes)).toEqual([
      'first line\n',
      'it goes on and on',
    ]);
  });

  it('does not make a short part for the sake of a space near the start', () => {
    expect(splitText(`a ${'b'.repeat(18)}`, 10, utf8Bytes)).toEqual([
      `a ${'b'.repeat(8)}`,
      'b'.repeat(10),
    ]);
  });

  it('makes no part of a line break alone, which platforms refuse as empty', () => {
    expect(splitText(`${'a'.repeat(10)}\n`, 10, utf8Bytes)).toEqual(['a'.repeat(9), 'a\n']);
    expect(splitText(`${'a'.repeat(10)}   `, 10, utf8Bytes)).toEqual(['a'.repeat(9), 'a   ']);
  });

  it('never cuts a family', () => {
    expect(splitText(family.repeat(41), 1000, utf8Bytes)).toEqual([family.repeat(40), family]);
    const parts = splitText(`x${family.repeat(40)}`, 1000, utf8Bytes);
    expect(parts).toEqual([`x${family.repeat(39)}`, family]);
  });

  it('cuts a grapheme that alone exceeds the limit between code points', () => {
    const zalgo = `a${'\u0301'.repeat(1000)}`;
    const parts = splitText(`x ${zalgo} y`, 1000, utf8Bytes);
    expect(parts.join('')).toBe(`x ${zalgo} y`);
    expect(parts.every((part) => utf8Bytes(part) <= 1000 && part.isWellFormed())).toBe(true);
  });

  it('holds for any text: joined it is the text, each part fits, graphemes stay whole', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 4, max: 80 }), fc.boolean(), (text, limit, bytes) => {
        const size = bytes ? utf8Bytes : utf16;
        const parts = splitText(text, limit, size);
        expect(parts.join('')).toBe(text);
        expect(parts.every((part) => size(part) <= limit)).toBe(true);
        if (text !== '') expect(parts).not.toContain('');
        if (text.isWellFormed()) expect(parts.every((part) => part.isWellFormed())).toBe(true);
        const cut = cutGraphemes(text, parts).filter((grapheme) => size(grapheme) <= limit);
        expect(cut).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it('needs little time for the longest text the API takes', () => {
    const begun = performance.now();
    splitText(`${family} `.repeat(1000), 1000, utf8Bytes);
    splitText('a'.repeat(10_000), 1000, utf8Bytes);
    expect(performance.now() - begun).toBeLessThan(500);
  });
});

/** The graphemes of the text that a boundary between two parts runs through. */
function cutGraphemes(text: string, parts: string[]): string[] {
  const cuts = new Set<number>();
  let at = 0;
  for (const part of parts) cuts.add((at += part.length));
  let start = 0;
  return graphemesOf(text).filter((grapheme) => {
    const end = start + grapheme.length;
    const through = [...cuts].some((cut) => cut > start && cut < end);
    start = end;
    return through;
  });
}
