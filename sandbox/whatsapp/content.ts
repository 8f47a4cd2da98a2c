import { refusals } from './errors.ts';
import { MEDIA_TYPES } from './media.ts';
import type { Button, Message, Waba } from './state.ts';
import { fill } from './templates.ts';

export type Json = Record<string, unknown>;

/** What a call wants to be shown on the phone. */
export type Content = Pick<Message, 'type' | 'text' | 'media' | 'buttons'> & {
  /** Of a template; null for what needs an open window. */
  category: string | null;
};

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;
const MAX_INTERACTIVE = 1024;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the member that `type` names. Throws the platform's refusals. */
export function readContent(body: Json, waba: Waba): Content {
  const type = body['type'] ?? 'text';
  if (typeof type !== 'string') throw refusals.badValue('type must be a string.');
  const given = body[type];
  const plain = { type, text: null, media: null, buttons: [], category: null };
  if (!READERS.has(type)) throw refusals.unsupportedType(type);
  if (type === 'contacts') {
    if (!Array.isArray(given) || given.length === 0) throw refusals.missing('contacts');
    return { ...plain, text: `👤 ${nameOfContact(given[0])}` };
  }
  if (!isObject(given)) throw refusals.missing(type);
  if (MEDIA_TYPES.includes(type)) return { ...plain, ...readMedia(type, given) };
  if (type === 'text') return { ...plain, text: readText(given) };
  if (type === 'location') return { ...plain, text: readLocation(given) };
  if (type === 'interactive') return { ...plain, ...readInteractive(given) };
  const filled = fill(waba.templates, given);
  const media = filled.media ? readMedia(String(filled.media['type']), filled.media).media : null;
  return { ...plain, ...filled, media };
}

const READERS = new Set([
  ...['text', 'template', 'interactive', 'location', 'contacts'],
  ...MEDIA_TYPES,
]);

function readText({ body }: Json): string {
  if (typeof body !== 'string' || body.trim() === '') throw refusals.missing('text[body]');
  if (body.length > MAX_TEXT)
    throw refusals.invalid(`Param text['body'] must be at most ${MAX_TEXT} characters long.`);
  return body;
}

function readMedia(type: string, given: Json): Pick<Content, 'text' | 'media'> {
  const { id, link, caption, filename } = given;
  const isLink = typeof link === 'string' && /^https?:\/\//.test(link);
  if (typeof id !== 'string' && !isLink)
    throw refusals.invalid(`${type} needs the id of uploaded media, or an http or https link.`);
  if (caption !== undefined && (type === 'audio' || type === 'sticker'))
    throw refusals.invalid(`Unexpected key "caption" on param "${type}".`);
  if (caption !== undefined && typeof caption !== 'string')
    throw refusals.badValue('caption must be a string.');
  if (typeof caption === 'string' && caption.length > MAX_CAPTION)
    throw refusals.invalid(`caption must be at most ${MAX_CAPTION} characters long.`);
  const name = typeof filename === 'string' ? filename : null;
  const source = typeof id === 'string' ? { id, link: null } : { id: null, link: String(link) };
  return { text: caption ?? null, media: { type, ...source, name } };
}

function readLocation({ latitude, longitude, name, address }: Json): string {
  const numbers = [latitude, longitude].map(Number);
  if (latitude === undefined || longitude === undefined || numbers.some(Number.isNaN))
    throw refusals.missing('location[latitude] and location[longitude]');
  const words = [name, address].filter((part) => typeof part === 'string');
  return `📍 ${[...words, numbers.join(', ')].join(' · ')}`;
}

function nameOfContact(contact: unknown): string {
  const name = isObject(contact) && isObject(contact['name']) ? contact['name'] : {};
  if (typeof name['formatted_name'] !== 'string')
    throw refusals.missing('contacts[0][name][formatted_name]');
  return name['formatted_name'];
}

const INTERACTIVE = new Set([
  ...['button', 'list', 'cta_url', 'location_request_message', 'contact_request', 'flow'],
  ...['product', 'product_list', 'catalog_message'],
]);

function readInteractive(given: Json): Pick<Content, 'text' | 'buttons'> {
  const { type } = given;
  if (typeof type !== 'string' || !INTERACTIVE.has(type))
    throw refusals.badValue('interactive[type] is not one of the allowed values.');
  const text = isObject(given['body']) ? given['body']['text'] : undefined;
  if (typeof text !== 'string' || text === '') throw refusals.missing('interactive[body][text]');
  if (text.length > MAX_INTERACTIVE)
    throw refusals.invalid(`Body text must be at most ${MAX_INTERACTIVE} characters long.`);
  const action = isObject(given['action']) ? given['action'] : {};
  if (type === 'button') return { text, buttons: replyButtons(action['buttons']) };
  if (type === 'list') return { text, buttons: listRows(action['sections']) };
  return { text, buttons: [] };
}

function replyButtons(given: unknown): Button[] {
  if (!Array.isArray(given) || given.length < 1 || given.length > 3)
    throw refusals.invalid('Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3');
  return given.map((button: unknown) => {
    const reply = isObject(button) && isObject(button['reply']) ? button['reply'] : {};
    const { id, title } = reply;
    if (typeof id !== 'string' || typeof title !== 'string' || title.length > 20)
      throw refusals.invalid(
        'A button needs a reply with an id and a title of up to 20 characters.',
      );
    return { kind: 'reply', id, title };
  });
}

function listRows(given: unknown): Button[] {
  const sections = Array.isArray(given) ? given.filter(isObject) : [];
  const rows = sections.flatMap(({ rows: list }) => (Array.isArray(list) ? list : []));
  if (rows.length < 1 || rows.length > 10)
    throw refusals.invalid('Total row count exceed max allowed count: 10, or there is none.');
  return rows.map((row: unknown) => {
    const { id, title, description } = isObject(row) ? row : {};
    if (typeof id !== 'string' || typeof title !== 'string' || title.length > 24)
      throw refusals.invalid('A row needs an id and a title of up to 24 characters.');
    return {
      ...{ kind: 'list', id, title },
      description: typeof description === 'string' ? description : undefined,
    };
  });
}
