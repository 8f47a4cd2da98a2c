import type { z } from 'zod';
import type { Attachment, MessageContent } from '../../domain/message.ts';
import type { Answer } from '../../domain/message-details.ts';
import { isObject, mended } from '../meta-json.ts';
import * as bodies from './bodies.ts';
import { cardOf, detailsOf, namesProduct, orderOf } from './details.ts';

/**
 * What a message says, in the router's words: its `type` names the member with the body. A kind
 * that we do not know, a damaged body, or one that WhatsApp left out, is `unsupported`; whatever has
 * no place is in `details.platform_data`. `errors` are those beside the message, for why there is
 * nothing. Follows the pages of "Messages webhook reference", one for each kind.
 */
export function contentOf(
  item: Record<string, unknown>,
  errors: readonly unknown[] = [],
): MessageContent {
  const content = bodyOf(item);
  const details = detailsOf(item, content, errors);
  return Object.keys(details).length === 0 ? content : { ...content, details };
}

function bodyOf(item: Record<string, unknown>): MessageContent {
  const type = typeOf(item);
  if (type === 'request_welcome') return opened();
  const body = type === null ? undefined : item[type];
  const read = type !== null && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (!read) return unsupported(type);
  return body === undefined || body === null
    ? unsupported(null)
    : (read(body) ?? unsupported(type));
}

type Reader = (body: unknown) => MessageContent | null;

const READERS: Record<string, Reader | undefined> = {
  text: reader(bodies.TextBody, ({ body }) => content('text', body)),
  image: media('image'),
  video: media('video'),
  audio: media('audio'),
  // A recorded one, of older versions.
  voice: media('audio'),
  document: media('document'),
  sticker: media('sticker'),
  location: reader(bodies.LocationBody, ({ latitude, longitude, name, address, url }) => {
    const title = [name, address].filter(Boolean).join(', ');
    const place: Attachment = { type: 'location', latitude, longitude };
    const location = { latitude, longitude, name, address, url: url ?? null };
    return {
      ...content('location', null, [{ ...place, ...present({ title, url }) }]),
      details: { location },
    };
  }),
  contacts: reader(bodies.ContactsBody, (people) => ({
    ...content('contact', null, (people ?? []).flatMap(contactCards)),
    details: { contacts: people?.length ? people.map(cardOf) : undefined },
  })),
  order: reader(bodies.OrderBody, (order) => ({
    ...content('order', order.text || null),
    details: { order: orderOf(order) },
  })),
  interactive: reader(bodies.InteractiveBody, interactiveOf),
  button: reader(bodies.ButtonBody, ({ text, payload }) =>
    postback({ kind: 'button', title: text, description: null, payload }),
  ),
  unsupported: reader(bodies.UnsupportedBody, ({ type }) => unsupported(type)),
  product: reader(bodies.ProductIn, () => content('share', null)),
  // Last, for other kinds have one beside their body.
  referral: opened,
};

/** They came by an ad or a link, and have not written. */
function opened(): MessageContent {
  return content('referral', null);
}

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

/** One for each number, so that none is lost. */
function contactCards({ name, phones }: bodies.CardIn): Attachment[] {
  const title = name?.formatted_name ?? name?.first_name;
  const numbers = (phones ?? []).map(({ phone, wa_id: id }) => phone ?? (id ? `+${id}` : null));
  return (numbers.length > 0 ? numbers : [null]).map((phone) => ({
    type: 'contact' as const,
    ...present({ title, phone }),
  }));
}

function interactiveOf(interactive: z.output<typeof bodies.InteractiveBody>): MessageContent {
  const {
    button_reply: button,
    list_reply: row,
    nfm_reply: form,
    call_permission_reply: permission,
  } = interactive;
  const choice = button ?? row;
  if (choice) {
    const { id: payload, title, description } = choice;
    return postback({ kind: button ? 'button' : 'list', title, description, payload });
  }
  if (form)
    return postback({
      kind: 'form',
      title: form.body,
      description: null,
      payload: form.response_json,
    });
  if (permission)
    return postback({
      kind: 'call_permission',
      title: permission.response,
      description: null,
      payload: JSON.stringify(permission),
    });
  const { product, product_reply: reply, action } = interactive;
  // What it is comes with the details of every message.
  if ([product, reply, action].some(namesProduct)) return content('share', null);
  return unsupported(interactive.type ?? 'interactive');
}

function postback(answer: Answer): MessageContent {
  const { title, payload } = answer;
  return { ...content('postback', title ?? payload), payload, details: { answer } };
}

/** The name of its kind is all that can be shown. */
function unsupported(kind: string | null): MessageContent {
  const title = kind === 'unsupported' ? '' : mended((kind ?? '').slice(0, 64));
  return content('unsupported', null, title ? [{ type: 'other', title }] : []);
}

function present(members: Record<string, string | null | undefined>): Partial<Attachment> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value));
}
