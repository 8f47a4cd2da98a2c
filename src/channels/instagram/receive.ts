import type { Attachment, MessageContent } from '../../domain/message.ts';
import type { Author, ChannelEvent, WebhookRequest } from '../channel.ts';
import { isObject } from '../meta-json.ts';
import { bare, hash, parseBody, unusable } from '../meta-webhook.ts';
import type { Place, Source } from '../meta-webhook.ts';
import { readEdit } from './edit.ts';
import { Change, Entry, Item, ITEM_KINDS, MESSAGING_FIELD } from './schema.ts';
import type { AttachmentIn, MessageIn } from './schema.ts';

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

function readEntry(raw: unknown, place: Place): ChannelEvent[] {
  const parsed = Entry.safeParse(raw);
  if (!parsed.success) return [bare('unreadable', hash(raw, place))];
  const { id, time, messaging, changes } = parsed.data;
  const at = (path: string): Source => ({
    accountId: id ?? null,
    time: time ?? null,
    place: { body: place.body, path: `${place.path}/${path}` },
  });
  if (!messaging && !changes) {
    // A kind of entry that is new to us, or one of ours with its list gone.
    const known = isObject(raw) && ('messaging' in raw || 'changes' in raw);
    const kind =
      known || !isObject(raw) || Object.keys(raw).length === 0 ? 'unreadable' : 'ignored';
    return [{ ...bare(kind, hash(raw, place)), accountExternalId: id ?? null }];
  }
  return [
    ...(messaging ?? []).flatMap((item, index) => readItem(item, at(`messaging/${index}`))),
    ...(changes ?? []).flatMap((change, index) => readChange(change, at(`changes/${index}`))),
  ];
}

function readChange(raw: unknown, source: Source): ChannelEvent[] {
  const parsed = Change.safeParse(raw);
  if (!parsed.success) return [unusable('unreadable', raw, source)];
  const { field, value } = parsed.data;
  return MESSAGING_FIELD.test(field) ? readItem(value, source) : [unusable('ignored', raw, source)];
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
  return events.length > 0 ? events : [unusable('ignored', raw, source)];
}

/** No events: understood, and of no use to the router. */
function readEvents(item: Item, raw: unknown, source: Source): ChannelEvent[] {
  const sender = item.sender.id;
  // An echo has the directions swapped: we are its sender.
  const ours = item.message?.is_echo === true || sender === source.accountId;
  const accountExternalId = source.accountId ?? (ours ? sender : item.recipient.id);
  const customer = { externalId: ours ? item.recipient.id : sender };
  if (customer.externalId === accountExternalId) return []; // the account's chat with itself
  const base = { accountExternalId, at: item.timestamp ?? source.time, customer };
  const when = item.timestamp ?? hash(raw, source.place);

  const { message, reaction, postback, read, delivery } = item;
  if (message) return [readMessage(message, ours, base)];
  const by: Author = ours ? 'owner' : 'customer';
  if (reaction) {
    const { mid, action } = reaction;
    const emoji = action === 'react' ? (reaction.emoji ?? reaction.reaction ?? null) : null;
    // Two that are changed within one millisecond differ in their emoji.
    const which = (emoji ?? '').slice(0, 32).toWellFormed();
    const key = `reaction:${mid}:${by}:${action}:${which}:${when}`;
    return [{ ...base, by, kind: 'reaction', key, platformMessageId: mid, action, emoji }];
  }
  if (ours) return [];
  if (postback) {
    const mid = postback.mid ?? hash(raw, source.place);
    const text = postback.title ?? postback.payload ?? null;
    const payload = postback.payload ?? null;
    const content: MessageContent = { type: 'postback', text, attachments: [], payload };
    const key = `postback:${mid}`;
    return [{ ...base, kind: 'message', key, platformMessageId: mid, content, replyTo: null }];
  }
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

function readMessage(message: MessageIn, ours: boolean, base: Base): ChannelEvent {
  const platformMessageId = message.mid;
  if (message.is_deleted) {
    const key = `deleted:${message.mid}`;
    return { ...base, by: ours ? 'owner' : 'customer', kind: 'deleted', key, platformMessageId };
  }
  const content = contentOf(message);
  if (ours)
    return { ...base, kind: 'echo', key: `echo:${message.mid}`, platformMessageId, content };
  const replyTo = message.reply_to?.mid ?? null;
  return {
    ...base,
    kind: 'message',
    key: `message:${message.mid}`,
    platformMessageId,
    content,
    replyTo,
  };
}

const ATTACHMENT_TYPES: Record<string, Attachment['type'] | undefined> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  file: 'document',
  share: 'share',
  story_mention: 'share',
  ig_story: 'share',
  ig_reel: 'share',
  reel: 'share',
  ig_post: 'share',
};

/** A quick reply is a text: the button's title. */
function contentOf(message: MessageIn): MessageContent {
  const attachments = (message.attachments ?? []).map(toAttachment);
  const story = message.reply_to?.story;
  const text = message.text ?? null;
  const media = attachments.map((item) => item.type).find((type) => type !== 'other');
  const type = message.is_unsupported
    ? 'unsupported'
    : (media ?? (text === null ? 'unsupported' : 'text'));
  // The story that is answered goes last, so that it never decides the message's type.
  if (story)
    attachments.push({ type: 'share', title: 'story', ...(story.url ? { url: story.url } : {}) });
  const payload = message.quick_reply?.payload;
  return { type, text, attachments, ...(payload ? { payload } : {}) };
}

function toAttachment(attachment: AttachmentIn): Attachment {
  // Own members only: `constructor` is a type that somebody could send.
  const type = Object.hasOwn(ATTACHMENT_TYPES, attachment.type)
    ? (ATTACHMENT_TYPES[attachment.type] ?? 'other')
    : 'other';
  // Without a link the kind (`ephemeral`: a photo to view once) is all that can be shown.
  const title =
    attachment.payload?.title ??
    (type === 'other' ? attachment.type.slice(0, 64).toWellFormed() : null);
  const url = attachment.payload?.url;
  return { type, ...(url ? { url } : {}), ...(title ? { title } : {}) };
}
