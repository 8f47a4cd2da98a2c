import { refusals } from './errors.ts';
import type { Json } from './json.ts';

const FOUND: [type: string, pattern: RegExp][] = [
  ['bot_command', /(?<![\w/])\/[a-z0-9_]{1,64}(?:@\w{3,32})?/gi],
  ['mention', /(?<![\w@])@[a-z]\w{3,31}/gi],
  ['url', /https?:\/\/[^\s]+/gi],
  ['email', /[\w.+-]+@[\w-]+\.[a-z]{2,}/gi],
];

/** The entities that the platform finds by itself. Offsets count UTF-16 units. */
export function findEntities(text: string): Json[] {
  return FOUND.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)].map((match) => ({
      offset: match.index,
      length: match[0].length,
      type,
    })),
  ).toSorted((left, right) => left.offset - right.offset);
}

const HTML: Record<string, string> = {
  ...{ b: 'bold', strong: 'bold', i: 'italic', em: 'italic', u: 'underline', ins: 'underline' },
  ...{ s: 'strikethrough', strike: 'strikethrough', del: 'strikethrough', code: 'code' },
  ...{ pre: 'pre', a: 'text_link', blockquote: 'blockquote', 'tg-spoiler': 'spoiler' },
};
const CHARACTERS: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };

export type Formatted = { text: string; entities: Json[] };

/**
 * Reads a text of a bot as its `parse_mode` says. HTML is read as the platform does; Markdown is
 * taken as it stands, which no rule of the sandbox depends on. Throws {@link TelegramError} 400.
 */
export function parseText(source: string, mode: string | undefined): Formatted {
  if (mode === undefined || mode === '') return { text: source, entities: findEntities(source) };
  if (/^markdown(v2)?$/i.test(mode)) return { text: source, entities: [] };
  if (!/^html$/i.test(mode)) throw refusals.badRequest('unsupported parse_mode');
  return parseHtml(source);
}

function parseHtml(source: string): Formatted {
  const open: { tag: string; offset: number; url: string | undefined }[] = [];
  const entities: Json[] = [];
  let text = '';
  for (const [part] of source.matchAll(/<[^>]*>?|&[a-z]+;|[^<&]+|&/gi)) {
    const tag = /^<(\/?)([a-z-]+)((?:\s[^>]*)?)>$/i.exec(part);
    const name = tag?.[2]?.toLowerCase() ?? '';
    if (part.startsWith('<') && !(name in HTML))
      throw cannotParse(`Unsupported start tag "${name}" at byte offset ${bytes(text)}`);
    if (tag?.[1]) {
      const last = open.pop();
      if (last?.tag !== name) throw cannotParse(`Unexpected end tag at byte offset ${bytes(text)}`);
      const length = text.length - last.offset;
      const link = name === 'a' && { url: last.url ?? '' };
      if (length > 0) entities.push({ offset: last.offset, length, type: HTML[name], ...link });
    } else if (tag) {
      const url = /href="?([^"\s]+)/i.exec(tag[3] ?? '')?.[1];
      open.push({ tag: name, offset: text.length, url });
    } else text += CHARACTERS[/^&(\w+);$/.exec(part)?.[1] ?? ''] ?? part;
  }
  const left = open.at(-1);
  if (left) throw cannotParse(`Can't find end tag corresponding to start tag "${left.tag}"`);
  return { text, entities };
}

function cannotParse(why: string) {
  return refusals.badRequest(`can't parse entities: ${why}`);
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
