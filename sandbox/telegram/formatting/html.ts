import type { Json } from '../json.ts';
import {
  type Formatted,
  byteOffset,
  cannotParse,
  dateTime,
  entity,
  isBlank,
  linkTo,
} from './formatted.ts';
import { decodeCharacters, readAttributes } from './html-attributes.ts';

/** What each tag marks; those without a type here depend on their attributes. */
const TAGS: Record<string, string | null> = {
  ...{ b: 'bold', strong: 'bold', i: 'italic', em: 'italic', u: 'underline', ins: 'underline' },
  ...{ s: 'strikethrough', strike: 'strikethrough', del: 'strikethrough' },
  ...{ 'tg-spoiler': 'spoiler', span: 'spoiler', code: 'code', pre: 'pre' },
  ...{ a: null, 'tg-emoji': null, 'tg-time': null, blockquote: null },
};

type Open = { tag: string; attributes: Map<string, string>; offset: number };
type Reading = Formatted & { source: string; at: number; open: Open[] };

/** https://core.telegram.org/bots/api#html-style. Throws {@link TelegramError} 400. */
export function parseHtml(source: string): Formatted {
  const reading: Reading = { source, at: 0, text: '', entities: [], open: [] };
  while (reading.at < source.length) {
    if (source[reading.at] === '<') {
      if (source[reading.at + 1] === '/') endTag(reading);
      else startTag(reading);
    } else {
      const { text, next } = decodeCharacters(source, reading.at);
      reading.text += text;
      reading.at = next;
    }
  }
  const left = reading.open.at(-1);
  if (left) throw cannotParse(`Can't find end tag corresponding to start tag "${left.tag}"`);
  if (!reading.text.isWellFormed())
    throw cannotParse(
      'Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units',
    );
  return { text: reading.text, entities: reading.entities.map(withoutLanguage) };
}

/** A language says something only of code that stands in a `pre` of its own. */
function withoutLanguage(found: Json): Json {
  const { language, ...rest } = found;
  return found['type'] === 'code' || language === undefined ? rest : { ...rest, language };
}

function startTag(reading: Reading): void {
  const { source, at: begin, text } = reading;
  const where = `at byte offset ${byteOffset(source, begin)}`;
  let end = begin + 1;
  while (!isBlank(source[end]) && source[end] !== '>') end++;
  if (end >= source.length) throw cannotParse(`Unclosed start tag ${where}`);
  const tag = source.slice(begin + 1, end).toLowerCase();
  if (!Object.hasOwn(TAGS, tag)) throw cannotParse(`Unsupported start tag "${tag}" ${where}`);
  const { attributes, next } = readAttributes(source, { tag, begin, at: end });
  if (tag === 'span' && attributes.get('class') !== 'tg-spoiler')
    throw cannotParse(`Tag "span" must have class "tg-spoiler" ${where}`);
  reading.open.push({ tag, attributes, offset: text.length });
  reading.at = next;
}

function endTag(reading: Reading): void {
  const { source, at: begin, open, text, entities } = reading;
  const where = `at byte offset ${byteOffset(source, begin)}`;
  const inner = open.pop();
  if (!inner) throw cannotParse(`Unexpected end tag ${where}`);
  const [whole = '', name = ''] = /^<\/([^\s>]*)\s*>/.exec(source.slice(begin)) ?? [];
  if (whole === '') throw cannotParse(`Unclosed end tag ${where}`);
  const tag = name.toLowerCase();
  if (tag !== '' && tag !== inner.tag)
    throw cannotParse(`Unmatched end tag ${where}, expected "</${inner.tag}>", found "</${tag}>"`);
  reading.at += whole.length;
  const [found] = entity(inner.offset, text.length, meaning(inner, text));
  if (found && !mergeCode(entities, found)) entities.push(found);
}

function meaning({ tag, attributes, offset }: Open, text: string): Json | null {
  const attribute = (name: string) => attributes.get(name) ?? '';
  switch (tag) {
    case 'a':
      return linkTo(attribute('href') || text.slice(offset));
    case 'code': {
      const language = /^language-(.+)/s.exec(attribute('class'))?.[1];
      return { type: 'code', ...(language && { language }) };
    }
    case 'blockquote':
      return { type: attributes.has('expandable') ? 'expandable_blockquote' : 'blockquote' };
    case 'tg-emoji': {
      const id = attribute('emoji-id');
      if (!/^-?\d+$/.test(id)) throw cannotParse('Invalid custom emoji identifier specified');
      return { type: 'custom_emoji', custom_emoji_id: id };
    }
    case 'tg-time': {
      const unix = Number(attribute('unix'));
      return unix > 0 ? dateTime(unix, attributes.get('format')) : null;
    }
    default:
      return { type: TAGS[tag] };
  }
}

/** `pre` and `code` around the same words are one, which has the language that `code` names. */
function mergeCode(entities: Json[], found: Json): boolean {
  const last = entities.at(-1);
  const pair = new Set([last?.['type'], found['type']]);
  const same = last?.['offset'] === found['offset'] && last?.['length'] === found['length'];
  const language = last?.['language'] ?? found['language'];
  if (!last || !same || !pair.has('pre') || !pair.has('code') || language === undefined)
    return false;
  Object.assign(last, { type: 'pre', language });
  return true;
}
