import type { z } from 'zod';
import type { Attachment, MessageContent } from '../../domain/message.ts';
import { isObject, mended } from '../meta-json.ts';
import * as bodies from './schema.ts';

/**
 * What a message says, in the router's words: its `type` names the member with the body. A kind
 * that we do not know, or a body that WhatsApp left out, is `unsupported`. Null: the body is there
 * and damaged. Follows the pages of "Messages webhook reference", one for each kind.
 */
export function contentOf(item: Record<string, unknown>): MessageContent | null {
  const type = typeOf(item);
  const body = type === null ? undefined : item[type];
  const read = type !== null && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (!read) return unsupported(type);
  return body === undefined || body === null ? unsupported(null) : read(body);
}

type Reader = (body: unknown) => MessageContent | null;

const READERS: Record<string, Reader | undefined> = {
  text: reader(bodies.TextBody, ({ body }) => content('text', body)),
  image: media('image'),
  video: media('video'),
  audio: media('audio'),
  document: media('document'),
  sticker: media('sticker'),
  location: reader(bodies.LocationBody, ({ latitude, longitude, name, address, url }) => {
    const title = [name, address].filter(Boolean).join(', ');
    const place: Attachment = { type: 'location', latitude, longitude };
    return content('location', null, [{ ...place, ...present({ title, url }) }]);
  }),
  contacts: reader(bodies.ContactsBody, (people) =>
    content('contact', null, (people ?? []).flatMap(contactCards)),
  ),
  order: reader(bodies.OrderBody, (order) => content('order', order.text || null)),
  interactive: reader(bodies.InteractiveBody, (interactive) => {
    const { button_reply: button, list_reply: row, nfm_reply: form } = interactive;
    const choice = button ?? row;
    if (choice) return postback(choice.title, choice.id);
    return form ? postback(form.body, form.response_json) : unsupported('interactive');
  }),
  button: reader(bodies.ButtonBody, (button) => postback(button.text, button.payload)),
  unsupported: reader(bodies.UnsupportedBody, ({ type }) => unsupported(type ?? null)),
};

/** Where `type` is gone the body may still be there. */
function typeOf(item: Record<string, unknown>): string | null {
  if (typeof item['type'] === 'string') return item['type'];
  return Object.keys(READERS).find((type) => isObject(item[type])) ?? null;
}

function reader<T extends z.ZodType>(
  schema: T,
  read: (body: z.output<T>) => MessageContent,
): Reader {
  return (body) => {
    const parsed = schema.safeParse(body);
    return parsed.success ? read(parsed.data) : null;
  };
}

function content(
  type: MessageContent['type'],
  text: string | null,
  attachments: Attachment[] = [],
): MessageContent {
  return { type, text, attachments };
}

/** A file's own address needs our token, so only its id is passed on. */
function media(type: 'image' | 'video' | 'audio' | 'document' | 'sticker'): Reader {
  return reader(bodies.MediaBody, ({ id, mime_type, caption, filename }) => {
    const named = present({ media_id: id, mime_type, file_name: filename });
    return content(type, caption || null, [{ type, ...named }]);
  });
}

type Card = NonNullable<z.output<typeof bodies.ContactsBody>>[number];

/** One for each number, so that none is lost. */
function contactCards({ name, phones }: Card): Attachment[] {
  const title = name?.formatted_name ?? name?.first_name;
  const numbers = (phones ?? []).map(({ phone, wa_id: id }) => phone ?? (id ? `+${id}` : null));
  return (numbers.length > 0 ? numbers : [null]).map((phone) => ({
    type: 'contact' as const,
    ...present({ title, phone }),
  }));
}

function postback(
  text: string | null | undefined,
  payload: string | null | undefined,
): MessageContent {
  return { ...content('postback', text ?? payload ?? null), payload: payload ?? null };
}

/** The name of its kind is all that can be shown. */
function unsupported(kind: string | null): MessageContent {
  const title = kind === 'unsupported' ? '' : mended((kind ?? '').slice(0, 64));
  return content('unsupported', null, title ? [{ type: 'other', title }] : []);
}

function present(members: Record<string, string | null | undefined>): Partial<Attachment> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value));
}
