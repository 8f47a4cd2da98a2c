import type { Link } from '../../domain/message-details.ts';
import { isObject, mended } from './fields.ts';
import { mentionOf } from './links.ts';

type Read = { text: string; links: Link[] };

/** Deeper than Telegram lets anybody nest, by far. */
const MOST_LEVELS = 64;
/** Where blocks have their words, in the order in which they are shown. */
const PARTS = ['label', 'summary', 'text', 'expression', 'blocks', 'items', 'cells', 'caption'];

/**
 * The words of a rich message, a line for each block, and the links in them; following `RichMessage`
 * of the Bot API, whose blocks of any kind have their words in a few members. Undefined where there
 * are none.
 */
export function readRichText(message: unknown): Read | undefined {
  if (!isObject(message) || !Array.isArray(message['blocks'])) return undefined;
  const read: Read = { text: '', links: [] };
  readBlocks(message['blocks'], read, 0);
  read.text = read.text.trimEnd();
  return read.text === '' ? undefined : read;
}

function readBlocks(blocks: unknown[], read: Read, level: number): void {
  if (level === MOST_LEVELS) return;
  for (const block of blocks) {
    if (Array.isArray(block)) readBlocks(block, read, level + 1);
    else if (isObject(block)) readBlock(block, read, level);
  }
}

function readBlock(block: Record<string, unknown>, read: Read, level: number): void {
  for (const name of PARTS) {
    const part = block[name];
    if (name === 'blocks' || name === 'items' || name === 'cells') {
      if (Array.isArray(part)) readBlocks(part, read, level + 1);
      continue;
    }
    const before = read.text;
    readWords(name === 'caption' && isObject(part) ? (part['text'] ?? part) : part, read, level);
    // What a list writes before an item stands in its line.
    if (read.text !== before) read.text += name === 'label' ? ' ' : '\n';
  }
  if (block['credit'] === undefined) return;
  readWords(block['credit'], read, level);
  read.text += '\n';
}

/** A string, a list of parts, or words with something that they are or lead to. */
function readWords(words: unknown, read: Read, level: number): void {
  if (typeof words === 'string') read.text += mended(words);
  else if (Array.isArray(words) && level < MOST_LEVELS)
    for (const part of words) readWords(part, read, level + 1);
  else if (isObject(words) && level < MOST_LEVELS) {
    const offset = read.text.length;
    readWords(words['text'] ?? words['expression'] ?? words['alternative_text'], read, level + 1);
    const url = addressIn(words);
    if (url !== null) read.links.push({ text: read.text.slice(offset), offset, url });
  }
}

function addressIn({ type, url, user }: Record<string, unknown>): string | null {
  if (type === 'url' && typeof url === 'string') return mended(url);
  const id = type === 'text_mention' && isObject(user) ? user['id'] : undefined;
  return typeof id === 'number' || typeof id === 'string' ? mentionOf(mended(String(id))) : null;
}
