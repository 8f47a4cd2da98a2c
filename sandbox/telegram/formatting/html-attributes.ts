import { byteOffset, cannotParse, isBlank } from './formatted.ts';

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/**
 * The character at an index, or what a reference such as `&amp;` or `&#33;` stands for; the
 * semicolon may be missing. What is no known reference stays as it is.
 */
export function decodeCharacters(source: string, at: number): { text: string; next: number } {
  const plain = { text: source[at] ?? '', next: at + 1 };
  if (source[at] !== '&') return plain;
  const [whole = '', hexadecimal, decimal, name] =
    /^&(?:#x([\da-f]*)|#(\d*)|([a-z]*));?/i.exec(source.slice(at, at + 16)) ?? [];
  const next = at + whole.length;
  if (name !== undefined)
    return Object.hasOwn(NAMED, name) ? { text: NAMED[name] ?? '', next } : plain;
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  const known = code > 0 && code < 0x10_ff_ff && whole.replace(';', '').length < 10;
  return known ? { text: String.fromCodePoint(code), next } : plain;
}

type Tag = { tag: string; begin: number; at: number };

/** The attributes of a start tag from `at` on, and the index behind the tag. Throws 400. */
export function readAttributes(
  source: string,
  { tag, begin, at }: Tag,
): { attributes: Map<string, string>; next: number } {
  const attributes = new Map<string, string>();
  const where = `at byte offset ${byteOffset(source, begin)}`;
  const unclosed = () => cannotParse(`Unclosed start tag "${tag}" ${where}`);
  let here = at;
  const skipBlanks = () => {
    while (here < source.length && isBlank(source[here])) here++;
  };
  for (skipBlanks(); source[here] !== '>'; skipBlanks()) {
    const name = /^[^\s=>/"']*/.exec(source.slice(here))?.[0] ?? '';
    if (name === '') throw cannotParse(`Empty attribute name in the tag "${tag}" ${where}`);
    here += name.length;
    skipBlanks();
    if (here >= source.length) throw unclosed();
    if (source[here] !== '=') {
      attributes.set(name, '');
      continue;
    }
    here++;
    skipBlanks();
    if (here >= source.length) throw unclosed();
    const { value, next } = readValue(source, here);
    attributes.set(name, value);
    here = next;
    if (here >= source.length) throw cannotParse(`Unclosed start tag ${where}`);
  }
  return { attributes, next: here + 1 };
}

/** In quotes, or a bare word of letters, digits, dots and hyphens. */
function readValue(source: string, at: number): { value: string; next: number } {
  const quote = source[at] ?? '';
  if (quote !== '"' && quote !== "'") {
    const word = /^[\da-z.-]*/i.exec(source.slice(at))?.[0] ?? '';
    const next = at + word.length;
    if (!isBlank(source[next]) && source[next] !== '>')
      throw cannotParse(`Unexpected end of name token at byte offset ${byteOffset(source, at)}`);
    return { value: word.toLowerCase(), next };
  }
  let value = '';
  let here = at + 1;
  while (here < source.length && source[here] !== quote) {
    const { text, next } = decodeCharacters(source, here);
    value += text;
    here = next;
  }
  return { value, next: here + 1 };
}
