/** Charsets that end at U+FFFF: an emoji makes a strict server refuse the row, and a lax one cuts there. */
const WITHOUT_ASTRAL = new Set(['utf8', 'utf8mb3', 'ucs2']);

/** Charsets of one byte, by the names that MySQL and the Encoding Standard have for them. */
const ONE_BYTE: Record<string, string> = {
  latin1: 'windows-1252',
  latin2: 'iso-8859-2',
  latin5: 'windows-1254',
  latin7: 'iso-8859-13',
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp1256: 'windows-1256',
  cp1257: 'windows-1257',
  cp866: 'ibm866',
  greek: 'iso-8859-7',
  hebrew: 'iso-8859-8',
  koi8r: 'koi8-r',
  koi8u: 'koi8-u',
  macroman: 'macintosh',
  tis620: 'windows-874',
};

const known = new Map<string, ReadonlySet<string>>();

/**
 * The text in what the column's charset has: in the place of every other character stands one that says
 * so, `�` or `?`, as it would if the server converted it. Refused, the whole message would be missing.
 * Charsets that are not known here are left to the server.
 */
export function inCharset(text: string, charset: string | null): string {
  if (charset === null) return text;
  if (WITHOUT_ASTRAL.has(charset)) return text.replaceAll(/[\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
  if (charset === 'ascii') return text.replaceAll(/[^\0-\x7F]/gu, '?');
  const label = ONE_BYTE[charset];
  if (label === undefined) return text;
  const has = charactersOf(label);
  return text.replaceAll(/[^\0-\x7F]/gu, (character) => (has.has(character) ? character : '?'));
}

function charactersOf(label: string): ReadonlySet<string> {
  const characters =
    known.get(label) ??
    new Set(new TextDecoder(label).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte)));
  known.set(label, characters);
  return characters;
}
