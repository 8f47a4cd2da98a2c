import type { Json } from '../json.ts';
import { type Formatted, byteOffset, cannotParse, entity, isBlank, linkTo } from './formatted.ts';

const ENDS: Record<string, string> = { _: '_', '*': '*', '`': '`', '[': ']' };
const TYPES: Record<string, string> = { _: 'italic', '*': 'bold', '`': 'code' };

/**
 * The older Markdown: nothing can stand inside of something else, and only what begins an entity
 * can be escaped. https://core.telegram.org/bots/api#markdown-style
 * Throws {@link TelegramError} 400 for what has no end.
 */
export function parseMarkdown(source: string): Formatted {
  const entities: Json[] = [];
  let text = '';
  for (let at = 0; at < source.length; at++) {
    const character = source[at] ?? '';
    if (character === '\\' && (source[at + 1] ?? '') in ENDS) text += source[++at];
    else if (!(character in ENDS)) text += character;
    else {
      const found = character === '`' && source.startsWith('```', at) ? pre : simple;
      const { inner, after, what } = found(source, at);
      entities.push(...entity(text.length, text.length + inner.length, what));
      text += inner;
      at = after;
    }
  }
  return { text, entities };
}

/** What stands inside, the index of the entity's last character, and what it is. */
type Found = { inner: string; after: number; what: Json | null };

function simple(source: string, at: number): Found {
  const begin = source[at] ?? '';
  const end = source.indexOf(ENDS[begin] ?? '', at + 1);
  if (end === -1) throw endless(source, at);
  const inner = source.slice(at + 1, end);
  if (begin !== '[') return { inner, after: end, what: { type: TYPES[begin] } };
  if (source[end + 1] !== '(') return { inner, after: end, what: linkTo(inner) };
  const close = source.indexOf(')', end + 2);
  const after = close === -1 ? source.length : close;
  return { inner, after, what: linkTo(source.slice(end + 2, after)) };
}

function pre(source: string, at: number): Found {
  const { language, begin } = readLanguage(source, at + 3);
  const end = source.indexOf('```', begin);
  if (end === -1) throw endless(source, at);
  const what = { type: 'pre', ...(language && { language }) };
  return { inner: source.slice(begin, end), after: end + 2, what };
}

/** The word behind three backticks where a blank ends it, and where the code begins. */
export function readLanguage(source: string, at: number): { language: string; begin: number } {
  let end = at;
  while (!isBlank(source[end]) && source[end] !== '`') end++;
  const named = end > at && end < source.length && source[end] !== '`';
  const begin = named ? end : at;
  const line = /^(?:\r\n|\n\r|\r|\n)/.exec(source.slice(begin, begin + 2))?.[0] ?? '';
  return { language: named ? source.slice(at, end) : '', begin: begin + line.length };
}

function endless(source: string, at: number) {
  return cannotParse(
    `Can't find end of the entity starting at byte offset ${byteOffset(source, at)}`,
  );
}
