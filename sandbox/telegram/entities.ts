import { type TelegramError, refusals } from './errors.ts';
import type { Formatted } from './formatting/formatted.ts';
import { parseHtml } from './formatting/html.ts';
import { parseMarkdownV2 } from './formatting/markdown-v2.ts';
import { parseMarkdown } from './formatting/markdown.ts';
import { type Json, isObject } from './json.ts';

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

const PARSERS = new Map<string, (source: string) => Formatted>([
  ['html', parseHtml],
  ['markdown', parseMarkdown],
  ['markdownv2', parseMarkdownV2],
  ['none', plain],
  ['', plain],
]);

/** What a bot may mark; the platform finds the other kinds by itself, and ignores them here. */
const GIVEN = new Set([
  ...['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'code', 'pre', 'text_link'],
  ...['text_mention', 'custom_emoji', 'blockquote', 'expandable_blockquote', 'date_time'],
]);
const IGNORED = new Set([
  ...['mention', 'hashtag', 'cashtag', 'bot_command', 'url', 'email'],
  ...['phone_number', 'bank_card_number'],
]);
/** Nothing else that has a meaning of its own stands inside of these. */
const CLOSED = new Set(['code', 'pre', 'text_link', 'text_mention', 'custom_emoji', 'date_time']);

/** What a bot gave: a `parse_mode`, or entities, which count only without one. */
export type Markup = { mode: string | undefined; entities?: unknown[] | undefined };

/**
 * Reads a text of a bot as its `parse_mode` or its entities say, takes the blanks off its ends, and
 * adds what the platform finds by itself. Throws {@link TelegramError} 400.
 */
export function parseText(source: string, { mode = '', entities = [] }: Markup): Formatted {
  const parser = PARSERS.get(mode.toLowerCase());
  if (!parser) throw refusals.badRequest('unsupported parse_mode');
  const parsed = parser(source);
  if (parser === plain) parsed.entities = entities.flatMap((each) => readEntity(each, source));
  const { text, entities: given } = trimmed(parsed);
  const closed = given.filter(({ type }) => CLOSED.has(String(type)));
  const found = findEntities(text).filter((each) => !closed.some((one) => overlap(one, each)));
  return { text, entities: [...given, ...found].toSorted(byPlace) };
}

function plain(source: string): Formatted {
  return { text: source, entities: [] };
}

function readEntity(given: unknown, text: string): Json[] {
  if (!isObject(given)) throw cannotRead('expected an Object');
  const { type, offset, length } = given;
  if (typeof offset !== 'number') throw cannotRead('Can\'t find field "offset"');
  if (typeof length !== 'number') throw cannotRead('Can\'t find field "length"');
  if (typeof type !== 'string') throw cannotRead('Can\'t find field "type"');
  if (IGNORED.has(type)) return [];
  if (!GIVEN.has(type)) throw cannotRead('Unsupported type specified');
  if (offset < 0) throw refusals.badRequest(`receive an entity with incorrect offset ${offset}`);
  if (length < 0) throw refusals.badRequest(`receive an entity with incorrect length ${length}`);
  if (offset > text.length)
    throw refusals.badRequest(`entity begins after the end of the text at UTF-16 offset ${offset}`);
  if (offset + length > text.length)
    throw refusals.badRequest(
      `entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 offset ${offset + length}`,
    );
  return length === 0 ? [] : [given];
}

function cannotRead(why: string): TelegramError {
  return refusals.badRequest(`can't parse MessageEntity: ${why}`);
}

/** Without blanks at the end, nor at the beginning up to the first entity. */
function trimmed({ text, entities }: Formatted): Formatted {
  const end = text.trimEnd().length;
  const kept = entities
    .flatMap((each) => cut(each, 0, end))
    .filter(({ offset, length }) => text.substr(Number(offset), Number(length)).trim() !== '')
    .toSorted(byPlace);
  const blanks = /^[ \n]*/.exec(text.slice(0, end))?.[0].length ?? 0;
  const begin = Math.min(blanks, ...kept.map(({ offset }) => Number(offset)));
  return { text: text.slice(begin, end), entities: kept.flatMap((each) => cut(each, begin, end)) };
}

function cut(entity: Json, begin: number, end: number): Json[] {
  const offset = Number(entity['offset']);
  const stop = Math.min(offset + Number(entity['length']), end);
  return stop > offset ? [{ ...entity, offset: offset - begin, length: stop - offset }] : [];
}

function overlap(left: Json, right: Json): boolean {
  const [begin, other] = [Number(left['offset']), Number(right['offset'])];
  return begin < other + Number(right['length']) && other < begin + Number(left['length']);
}

function byPlace(left: Json, right: Json): number {
  const begin = Number(left['offset']) - Number(right['offset']);
  return begin === 0 ? Number(right['length']) - Number(left['length']) : begin;
}
