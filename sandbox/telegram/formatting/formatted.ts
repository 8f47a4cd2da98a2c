import { type TelegramError, refusals } from '../errors.ts';
import type { Json } from '../json.ts';

/** A text and what is marked in it; offsets and lengths count UTF-16 units. */
export type Formatted = { text: string; entities: Json[] };

/** The refusal of a text that its `parse_mode` cannot read. */
export function cannotParse(why: string): TelegramError {
  return refusals.badRequest(`can't parse entities: ${why}`);
}

/** The platform counts bytes of UTF-8 where it says what is wrong. */
export function byteOffset(source: string, at: number): number {
  return Buffer.byteLength(source.slice(0, at));
}

/** Blank, or behind the end of the text. */
export function isBlank(character: string | undefined): boolean {
  return character === undefined || /[ \t\r\n\v\0]/.test(character);
}

/** One entity; none for a stretch without length. */
export function entity(begin: number, end: number, what: Json | null): Json[] {
  return what && end > begin ? [{ offset: begin, length: end - begin, ...what }] : [];
}

/** What a link becomes: a mention of a person, a link, or nothing where the platform drops it. */
export function linkTo(url: string): Json | null {
  const user = /^tg:(?:\/\/)?user\?id=(\d+)$/i.exec(url)?.[1];
  if (user !== undefined) return { type: 'text_mention', user: { id: Number(user) } };
  const checked = checkedLink(url);
  return checked === null ? null : { type: 'text_link', url: checked };
}

/** An address as the platform writes it; null for what is none, such as a host without a dot. */
function checkedLink(text: string): string | null {
  if (/^(tg|ton|tonsite):./i.test(text)) return text;
  const [, protocol = 'http', host = '', rest = ''] =
    /^(?:(https?):\/\/)?([^/?#\s]*)(.*)$/is.exec(text.trim()) ?? [];
  if (!/.\../.test(host) && !host.startsWith('[')) return null;
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return `${protocol.toLowerCase()}://${host.toLowerCase()}${path.replaceAll(' ', '%20')}`;
}

/** What the address of a `![…](tg://…)` stands for; null where it is of neither kind. */
export function emojiOrTime(url: string): Json | null {
  const emoji = /^tg:(?:\/\/)?emoji\?id=(\d+)$/i.exec(url)?.[1];
  if (emoji !== undefined) return { type: 'custom_emoji', custom_emoji_id: emoji };
  const [, unix, format] = /^tg:(?:\/\/)?time\?unix=(\d+)(?:&format=([rtdw]+))?$/i.exec(url) ?? [];
  return unix === undefined ? null : dateTime(Number(unix), format);
}

/** https://core.telegram.org/bots/api#messageentity of a point in time, in seconds since 1970. */
export function dateTime(unix: number, format: string | undefined): Json {
  return { type: 'date_time', unix_time: unix, ...(format && { date_time_format: format }) };
}
