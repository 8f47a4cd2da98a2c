import { createHash } from 'node:crypto';
import type { FittedRow, MirrorMessage } from '../mirror.ts';
import { inCharset } from './charset.ts';
import { RECEIVED, type Column, type ColumnName } from './schema.ts';

/** Ids that are cut would name somebody, or something, else. */
const NEVER_CUT = new Set<ColumnName>(['user_id', 'message_id', 'account_id', 'conversation_id']);

/** Makes a message fit for the columns: shortened, in their charset, its time in UTC. */
export function fitRow(message: MirrorMessage, columns: Column[]): FittedRow {
  const row: FittedRow = {
    messageId: message.messageId,
    fingerprint: '',
    values: [],
    changed: [],
    impossible: null,
  };
  for (const column of columns) {
    const value = valueOf(message, column);
    const fitted = fitText(value, column);
    if (fitted !== value && NEVER_CUT.has(column.name)) row.impossible ??= column.name;
    else if (fitted !== value && !isPadding(value, fitted, column)) row.changed.push(column.name);
    row.values.push(fitted);
  }
  row.fingerprint = fingerprintOf(
    Object.fromEntries(columns.map(({ name }, at) => [name, row.values[at] ?? ''])),
  );
  return row;
}

/**
 * What tells a row from others: its message id where the table has one, else everything that is
 * always filled. The same for a row that was read back.
 */
export function fingerprintOf(values: Partial<Record<ColumnName, string | null>>): string {
  const { message_id, user_id, username, direction, message, created_at } = values;
  const parts = message_id ? [message_id] : [user_id, username, direction, message, created_at];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}

function valueOf(message: MirrorMessage, column: Column): string {
  switch (column.name) {
    case 'user_id':
      return message.userId;
    case 'username':
      return message.username;
    case 'direction':
      return message.direction;
    case 'message':
      return message.text;
    case 'created_at':
      return utcTime(message.at, column.precision);
    case 'channel':
      return message.channel;
    case 'message_id':
      return message.messageId;
    case 'account_id':
      return message.accountId;
    case 'conversation_id':
      return message.conversationId;
    case 'status':
      return message.status ?? RECEIVED;
  }
}

/** `2026-11-21 09:30:00.123`, cut to the column's digits: servers differ in how they would round. */
export function utcTime(at: Date, precision: number): string {
  const [date = '', time = ''] = at.toISOString().split('T');
  const seconds = time.slice(0, 8);
  const fraction = time.slice(9, 12).padEnd(6, '0').slice(0, precision);
  return `${date} ${seconds}${fraction === '' ? '' : `.${fraction}`}`;
}

function fitText(value: string, column: Column): string {
  let text = inCharset(value, column.charset);
  if (column.mostChars !== null) text = cut(text, column.mostChars, (part) => [...part].length);
  if (column.mostBytes !== null)
    text = cut(text, column.mostBytes, (part) => Buffer.byteLength(part));
  // CHAR drops these by itself, and a row that is read back must look like the one that was written.
  return column.type === 'char' ? text.replace(/ +$/, '') : text;
}

function isPadding(value: string, fitted: string, column: Column): boolean {
  return column.type === 'char' && value.trimEnd() === fitted.trimEnd();
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** As many whole characters, as a reader sees them, as there is room for. */
function cut(text: string, most: number, measure: (part: string) => number): string {
  // No character takes more than four bytes: most texts are far from any limit.
  if (text.length * 4 <= most || measure(text) <= most) return text;
  let length = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    length += measure(segment);
    if (length > most) break;
    end = index + segment.length;
  }
  // A first character with a thousand accents: some of it is better than nothing.
  return end > 0 ? text.slice(0, end) : cutPoints(text, most, measure);
}

function cutPoints(text: string, most: number, measure: (part: string) => number): string {
  let kept = '';
  let length = 0;
  for (const point of text) {
    length += measure(point);
    if (length > most) break;
    kept += point;
  }
  return kept;
}
