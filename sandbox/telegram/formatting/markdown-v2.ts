import type { Json } from '../json.ts';
import {
  type Formatted,
  byteOffset,
  cannotParse,
  emojiOrTime,
  entity,
  linkTo,
} from './formatted.ts';
import { readLanguage } from './markdown.ts';

/** Kinds of entities by the names that refusals use, and as a message shows them. */
const TYPES = {
  ...{ Bold: 'bold', Italic: 'italic', Underline: 'underline', Strikethrough: 'strikethrough' },
  ...{ Spoiler: 'spoiler', Code: 'code', Pre: 'pre', PreCode: 'pre' },
  ...{ TextUrl: 'text_link', CustomEmoji: 'custom_emoji', BlockQuote: 'blockquote' },
} as const;
type Kind = keyof typeof TYPES;

/** What ends each of them, beside a quotation, which the line ends. */
const ENDS: Record<Kind, string> = {
  ...{ Bold: '*', Italic: '_', Underline: '__', Strikethrough: '~', Spoiler: '||' },
  ...{ Code: '`', Pre: '```', PreCode: '```', TextUrl: ']', CustomEmoji: ']', BlockQuote: '' },
};
const BEGINS: [mark: string, kind: Kind][] = [
  ['__', 'Underline'],
  ['_', 'Italic'],
  ['*', 'Bold'],
  ['~', 'Strikethrough'],
  ['||', 'Spoiler'],
  ['[', 'TextUrl'],
  ['```', 'Pre'],
  ['`', 'Code'],
  ['![', 'CustomEmoji'],
];
const RESERVED = '_*[]()~`>#+-=|{}.!\n';

/** `offset` is in the text that is read out, `at` in the source. */
type Open = { kind: Kind; language: string; offset: number; at: number };

type Reading = Formatted & {
  source: string;
  at: number;
  open: Open[];
  quoting: boolean;
  /** Nothing stands before this in its line. */
  lineBegins: boolean;
};

/**
 * https://core.telegram.org/bots/api#markdownv2-style. Throws {@link TelegramError} 400 for a
 * reserved character that is not escaped, and for what has no end.
 */
export function parseMarkdownV2(source: string): Formatted {
  const reading: Reading = {
    ...{ source, at: 0, text: '', entities: [], open: [] },
    ...{ quoting: false, lineBegins: true },
  };
  for (; reading.at < source.length; reading.at++) step(reading);
  if (reading.quoting) endQuotation(reading, true);
  const left = reading.open.at(-1);
  if (left) throw endless(reading, left);
  return { text: reading.text, entities: reading.entities };
}

function step(reading: Reading): void {
  const { source, open } = reading;
  const character = source[reading.at] ?? '';
  const next = source.charCodeAt(reading.at + 1);
  const inner = open.at(-1)?.kind ?? '';
  if (character === '\\' && next > 0 && next <= 126) {
    reading.at++;
    copy(reading);
  } else if (!(/^(Code|Pre)/.test(inner) ? '`' : RESERVED).includes(character)) copy(reading);
  else if (reading.quoting && character === '\n' && source[reading.at + 1] !== '>')
    endQuotation(reading, false);
  else if (endsInner(reading)) end(reading);
  else begin(reading);
}

function copy(reading: Reading): void {
  const character = reading.source[reading.at] ?? '';
  reading.text += character;
  if (character !== '\r') reading.lineBegins = character === '\n';
}

function endsInner({ source, at, open }: Reading): boolean {
  const inner = open.at(-1);
  if (!inner || inner.kind === 'BlockQuote') return false;
  if (inner.kind === 'Italic') return source[at] === '_' && source[at + 1] !== '_';
  return source.startsWith(ENDS[inner.kind], at);
}

function begin(reading: Reading): void {
  const { source, at } = reading;
  const character = source[at] ?? '';
  if (character === '\n') return copy(reading);
  if (character === '>' && reading.lineBegins) {
    if (!reading.quoting) push(reading, 'BlockQuote', '');
    reading.quoting = true;
    return;
  }
  const [mark, kind] = BEGINS.find(([each]) => source.startsWith(each, at)) ?? [];
  if (mark === undefined || kind === undefined)
    throw cannotParse(
      `Character '${character}' is reserved and must be escaped with the preceding '\\'`,
    );
  if (kind !== 'Pre') {
    push(reading, kind, '');
    reading.at += mark.length - 1;
    return;
  }
  const { language, begin: code } = readLanguage(source, at + mark.length);
  push(reading, language ? 'PreCode' : 'Pre', language);
  reading.at = code - 1;
}

function push(reading: Reading, kind: Kind, language: string): void {
  reading.open.push({ kind, language, offset: reading.text.length, at: reading.at });
}

function end(reading: Reading): void {
  const { open, text, entities } = reading;
  const inner = open.pop();
  if (!inner) return;
  const { kind, language, offset } = inner;
  reading.at += ENDS[kind].length - 1;
  const what: Json | null =
    kind === 'TextUrl'
      ? linkTo(readAddress(reading) ?? text.slice(offset))
      : kind === 'CustomEmoji'
        ? readEmoji(reading)
        : { type: TYPES[kind], ...(language && { language }) };
  entities.push(...entity(offset, text.length, what));
}

function readEmoji(reading: Reading): Json {
  const address = readAddress(reading);
  if (address === undefined)
    throw cannotParse('The entity must contain a tg://emoji or tg://time URL');
  const what = emojiOrTime(address);
  if (!what) throw cannotParse('Invalid tg://emoji or tg://time URL specified');
  return what;
}

/** The address in brackets behind a `]`, where there is one. */
function readAddress(reading: Reading): string | undefined {
  const { source, at } = reading;
  if (source[at + 1] !== '(') return undefined;
  let address = '';
  let here = at + 2;
  for (; here < source.length && source[here] !== ')'; here++) {
    if (source[here] === '\\' && source.charCodeAt(here + 1) <= 126) here++;
    address += source[here] ?? '';
  }
  if (source[here] !== ')')
    throw cannotParse(`Can't find end of a URL at byte offset ${byteOffset(source, at + 2)}`);
  reading.at = here;
  return address;
}

/** At the end of a line or of the text; two bars before it make a quotation that can be folded. */
function endQuotation(reading: Reading, atEnd: boolean): void {
  const { open, source, at, text, entities } = reading;
  const bars = open.at(-1);
  const behind = atEnd ? source.length : source[at - 1] === '\r' ? at - 1 : at;
  const expandable = bars?.kind === 'Spoiler' && bars.at === behind - 2;
  if (expandable) open.pop();
  const inner = open.at(-1);
  if (inner?.kind !== 'BlockQuote') {
    if (atEnd || !inner) return;
    throw endless(reading, inner);
  }
  open.pop();
  reading.quoting = false;
  if (!atEnd) copy(reading);
  const type = expandable ? 'expandable_blockquote' : 'blockquote';
  entities.push(...entity(inner.offset, atEnd ? text.length : reading.text.length, { type }));
}

function endless({ source }: Reading, { kind, at }: Open) {
  return cannotParse(`Can't find end of ${kind} entity at byte offset ${byteOffset(source, at)}`);
}
