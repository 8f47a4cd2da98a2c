const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The bytes of a text in UTF-8, for platforms that count bytes. */
export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/**
 * Cuts `text` into parts of at most `limit` by `size`; joined, the parts are the text.
 *
 * It cuts after a line break where the second half of a part has one, otherwise after white space
 * there, otherwise between graphemes. Only a grapheme that alone exceeds the limit is cut, between
 * its code points. `size` must be additive over code points (bytes, UTF-16 units, code points) and
 * no code point may exceed `limit`.
 */
export function splitText(text: string, limit: number, size: (text: string) => number): string[] {
  if (size(text) <= limit) return [text];
  const parts: Unit[][] = [];
  let part: Unit[] = [];
  let used = 0;
  for (const unit of unitsOf(text, limit, size)) {
    while (used + unit.size > limit && part.length > 0) {
      const cut = breakAfter(part, limit);
      parts.push(part.slice(0, cut));
      part = part.slice(cut);
      used = sizeOf(part);
    }
    part.push(unit);
    used += unit.size;
  }
  parts.push(part);
  lendToBlanks(parts, limit);
  return parts.map(textOf);
}

type Unit = { text: string; size: number };

function textOf(units: Unit[]): string {
  return units.map((unit) => unit.text).join('');
}

function sizeOf(units: Unit[]): number {
  return units.reduce((sum, unit) => sum + unit.size, 0);
}

/** What may not be cut: graphemes, or the code points of one that fits into no part. */
function* unitsOf(text: string, limit: number, size: (text: string) => number): Generator<Unit> {
  for (const { segment } of graphemes.segment(text)) {
    const whole = { text: segment, size: size(segment) };
    if (whole.size <= limit) yield whole;
    else for (const point of segment) yield { text: point, size: size(point) };
  }
}

/** How many units the part takes: up to the best break of its second half, else all. */
function breakAfter(units: Unit[], limit: number): number {
  let used = 0;
  let space = 0;
  let line = 0;
  units.forEach((unit, index) => {
    used += unit.size;
    if (used < limit / 2 || !/\s$/.test(unit.text)) return;
    space = index + 1;
    if (/[\n\r\u2028\u2029]/.test(unit.text)) line = index + 1;
  });
  return line || space || units.length;
}

/**
 * Platforms refuse a message of nothing but white space, and a line break just over the limit would
 * become one: such a part takes the end of the part before it, where that fits.
 */
function lendToBlanks(parts: Unit[][], limit: number): void {
  for (let index = parts.length - 1; index > 0; index -= 1) {
    const part = parts[index] ?? [];
    const before = parts[index - 1] ?? [];
    while (textOf(part).trim() === '' && before.length > 1) {
      const last = before.at(-1);
      if (!last || sizeOf(part) + last.size > limit) break;
      before.pop();
      part.unshift(last);
    }
  }
}
