import type { MessageContent } from '../../domain/message.ts';
import type { Author, ChannelEvent, WebhookRequest } from '../channel.ts';
import { isObject } from '../meta-json.ts';
import { bare, hash, parseBody, unusable } from '../meta-webhook.ts';
import type { Place, Source } from '../meta-webhook.ts';
import { contentOf, pressed, referred } from './content.ts';
import { readEdit } from './edit.ts';
import { Change, Entry, Item, ITEM_KINDS, MESSAGING_FIELD } from './schema.ts';
import type { MessageIn } from './message-schema.ts';

/**
 * Reads a webhook body of Instagram, item by item, so that one bad item loses no other. Follows
 * Meta's "Webhooks for Instagram messaging". Never throws.
 */
export function receive(request: WebhookRequest): ChannelEvent[] {
  const body = parseBody(request.body);
  if (!isObject(body) || !Array.isArray(body['entry'])) return [bare('unreadable', request.body)];
  // Another product's webhook with the same secret, sent to this address by mistake.
  if (typeof body['object'] === 'string' && body['object'] !== 'instagram')
    return [bare('ignored', request.body)];
  return body['entry'].flatMap((entry: unknown, index) =>
    readEntry(entry, { body: request.body, path: `${index}` }),
  );
}

/** The lists of an entry that can be read. */
const LISTS = ['messaging', 'changes', 'standby'];

function readEntry(raw: unknown, place: Place): ChannelEvent[] {
  const parsed = Entry.safeParse(raw);
  if (!parsed.success) return [bare('unreadable', hash(raw, place))];
  const { id, time, messaging, changes, standby } = parsed.data;
  const at = (path: string): Source => ({
    accountId: id ?? null,
    time: time ?? null,
    place: { body: place.body, path: `${place.path}/${path}` },
  });
  if (!messaging && !changes && !standby) {
    // A kind of entry that is new to us, or one of ours with its list gone.
    const known = isObject(raw) && LISTS.some((list) => list in raw);
    const kind =
      known || !isObject(raw) || Object.keys(raw).length === 0 ? 'unreadable' : 'ignored';
    return [{ ...bare(kind, hash(raw, place)), accountExternalId: id ?? null }];
  }
  return [
    ...(messaging ?? []).flatMap((item, index) => readItem(item, at(`messaging/${index}`))),
    ...(changes ?? []).flatMap((change, index) => readChange(change, at(`changes/${index}`))),
    ...(standby ?? [])
      .flatMap((item, index) => readItem(item, at(`standby/${index}`)))
      .map(inStandby),
  ];
}

/** Another app holds the thread; what the customer writes is told to that one and to us. */
function inStandby(event: ChannelEvent): ChannelEvent {
  if (event.kind !== 'message') return event;
  const { content } = event;
  return { ...event, content: { ...content, details: { ...content.details, standby: true } } };
}

function readChange(raw: unknown, source: Source): ChannelEvent[] {
  const parsed = Change.safeParse(raw);
  if (!parsed.success) return [unusable('unreadable', raw, source)];
  const { field, value } = parsed.data;
  if (!MESSAGING_FIELD.test(field)) return [unusable('ignored', raw, source)];
  const events = readItem(value, source);
  return field === 'standby' ? events.map(inStandby) : events;
}

function readItem(raw: unknown, source: Source): ChannelEvent[] {
  if (!isObject(raw)) return [unusable('unreadable', raw, source)];
  if ((raw['message_edit'] ?? null) !== null && !isObject(raw['message']))
    return [readEdit(raw, source)];
  if (!ITEM_KINDS.some((kind) => kind in raw)) {
    const said = Object.keys(raw).some(
      (key) => !['sender', 'recipient', 'timestamp'].includes(key),
    );
    return [unusable(said ? 'ignored' : 'unreadable', raw, source)];
  }
  const parsed = Item.safeParse(raw);
  if (!parsed.success) return [unusable('unreadable', raw, source)];
  const events = readEvents(parsed.data, raw, source);
  if (events.length > 0) return events;
  const damaged = (raw['referral'] ?? null) !== null && !parsed.data.referral;
  return [unusable(damaged ? 'unreadable' : 'ignored', raw, source)];
}

/** No events: understood, and of no use to the router. */
function readEvents(item: Item, raw: Record<string, unknown>, source: Source): ChannelEvent[] {
  const sender = item.sender.id;
  // An echo has the directions swapped: we are its sender.
  const ours = item.message?.is_echo === true || sender === source.accountId;
  const accountExternalId = source.accountId ?? (ours ? sender : item.recipient.id);
  const customer = { externalId: ours ? item.recipient.id : sender };
  // The account's chat with itself.
  if (customer.externalId === accountExternalId || item.message?.is_self) return [];
  const base = { accountExternalId, at: item.timestamp ?? source.time, customer };
  // An item without an id of its own is known by what it says.
  const own = hash(raw, source.place);
  const { message, reaction, postback, referral, read, delivery } = item;
  if (message)
    return [readMessage({ ...message, referral: message.referral ?? referral }, raw, ours, base)];
  if (reaction) return [readReaction(reaction, ours, item.timestamp ?? own, base)];
  if (ours) return [];
  if (postback) {
    const given = { ...postback, referral: postback.referral ?? referral };
    return [
      written('postback', postback.mid ?? own, pressed(given, besides(raw, 'postback')), base),
    ];
  }
  if (referral) return [written('referral', own, referred(referral, raw['referral']), base)];
  // Messenger's bare watermark names no message, so nothing can be said of one.
  if (read?.mid) return [status('read', read.mid, base)];
  return (delivery?.mids ?? []).map((mid) => status('delivered', mid, base));
}

type Base = Pick<ChannelEvent, 'accountExternalId' | 'at'> & { customer: { externalId: string } };

function status(value: 'read' | 'delivered', mid: string, base: Base): ChannelEvent {
  return {
    ...base,
    kind: 'status',
    key: `${value}:${mid}`,
    status: value,
    platformMessageId: mid,
    callbackData: null,
    earlierToo: true,
    error: null,
  };
}

function written(
  what: 'message' | 'postback' | 'referral',
  mid: string,
  content: MessageContent,
  base: Base,
  replyTo?: string | null,
): ChannelEvent {
  const key = `${what}:${mid}`;
  return {
    ...base,
    kind: 'message',
    key,
    platformMessageId: mid,
    content,
    replyTo: replyTo ?? null,
  };
}

function readReaction(
  { mid, action, ...given }: NonNullable<Item['reaction']>,
  ours: boolean,
  when: number | string,
  base: Base,
): ChannelEvent {
  const by: Author = ours ? 'owner' : 'customer';
  // `reaction` is a name (`love`), and a name is no emoji.
  const emoji = [given.emoji, given.reaction].find((word) => word && EMOJI.test(word)) ?? null;
  // Two that are changed within one millisecond differ in their emoji.
  const which = action === 'react' ? (emoji ?? '').slice(0, 32).toWellFormed() : '';
  const key = `reaction:${mid}:${by}:${action}:${which}:${when}`;
  const shown = action === 'react' ? emoji : null;
  return { ...base, by, kind: 'reaction', key, platformMessageId: mid, action, emoji: shown };
}

const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

/** What an item says, with what may stand beside it. */
function besides(raw: Record<string, unknown>, kind: 'message' | 'postback'): unknown {
  const said = raw[kind];
  return isObject(said) && 'referral' in raw ? { referral: raw['referral'], ...said } : said;
}

function readMessage(
  message: MessageIn,
  raw: Record<string, unknown>,
  ours: boolean,
  base: Base,
): ChannelEvent {
  const platformMessageId = message.mid;
  if (message.is_deleted) {
    const key = `deleted:${message.mid}`;
    return { ...base, by: ours ? 'owner' : 'customer', kind: 'deleted', key, platformMessageId };
  }
  const content = contentOf(message, besides(raw, 'message'));
  if (ours)
    return { ...base, kind: 'echo', key: `echo:${message.mid}`, platformMessageId, content };
  return written('message', message.mid, content, base, message.reply_to?.mid);
}
