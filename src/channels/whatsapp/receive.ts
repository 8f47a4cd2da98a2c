import type { Author, ChannelEvent, Customer, WebhookRequest } from '../channel.ts';
import { isObject } from '../meta-json.ts';
import { bare, hash, parseBody, unusable } from '../meta-webhook.ts';
import type { Place, Source } from '../meta-webhook.ts';
import { customerOf, isSamePerson } from './addresses.ts';
import type { PersonIds } from './addresses.ts';
import { contentOf } from './content.ts';
import { Change, Edit, Entry, Message, Reaction, Revoke, Value } from './schema.ts';
import type { Contact } from './schema.ts';
import { readStatus } from './status.ts';
import { readSystem } from './system.ts';

/** The fields that carry messages; others tell of templates, calls, groups and the account. */
const MESSAGE_FIELDS = ['messages', 'message_echoes', 'smb_message_echoes', 'standby'];

/**
 * Reads a webhook body of WhatsApp, item by item, so that one bad item loses no other. Follows
 * Meta's "Messages webhook reference". Never throws.
 */
export function receive(request: WebhookRequest): ChannelEvent[] {
  const body = parseBody(request.body);
  if (!isObject(body) || !Array.isArray(body['entry'])) return [bare('unreadable', request.body)];
  // Another product's webhook with the same secret, sent to this address by mistake.
  if (typeof body['object'] === 'string' && body['object'] !== 'whatsapp_business_account')
    return [bare('ignored', request.body)];
  return body['entry'].flatMap((entry: unknown, index) =>
    readEntry(entry, { body: request.body, path: `${index}` }),
  );
}

function readEntry(raw: unknown, place: Place): ChannelEvent[] {
  const changes = Entry.safeParse(raw).data?.changes;
  if (!changes) return [bare('unreadable', hash(raw, place))];
  return changes.flatMap((change, index) =>
    readChange(change, { body: place.body, path: `${place.path}/${index}` }),
  );
}

function readChange(raw: unknown, place: Place): ChannelEvent[] {
  const source: Source = { accountId: null, time: null, place };
  const change = Change.safeParse(raw).data;
  if (!change) return [unusable('unreadable', raw, source)];
  if (change.field && !MESSAGE_FIELDS.includes(change.field))
    return [unusable('ignored', raw, source)];
  const value = Value.safeParse(change.value).data;
  if (!value) return [unusable('unreadable', raw, source)];
  const { messages, statuses, message_echoes: echoes } = value;
  source.accountId = value.metadata?.phone_number_id ?? null;
  if (!messages && !statuses && !echoes) {
    return [unusable(value.errors ? 'ignored' : 'unreadable', raw, source)];
  }
  const contacts = value.contacts ?? [];
  // Beside several messages nobody can tell of which one they speak.
  const errors = (messages?.length === 1 && value.errors) || [];
  const beside = { contacts, errors, standby: change.field === 'standby' };
  const at = (list: string, index: number): Source => ({
    ...source,
    place: { body: place.body, path: `${place.path}/${list}/${index}` },
  });
  return [
    ...(messages ?? []).map((item, n) => readMessage(item, beside, at('messages', n), false)),
    ...(echoes ?? []).map((item, n) => readMessage(item, beside, at('echoes', n), true)),
    ...(statuses ?? []).map((item, n) => readStatus(item, contacts, at('statuses', n))),
  ].flat();
}

/** `ours`: the owner typed it in the WhatsApp Business app. */
function readMessage(
  raw: unknown,
  { contacts, errors, standby }: Beside,
  source: Source,
  ours: boolean,
): ChannelEvent[] {
  const parsed = Message.safeParse(raw);
  if (!parsed.success || !isObject(raw)) return [unusable('unreadable', raw, source)];
  const message = parsed.data;
  if (message.type === 'system') return [readSystem(message, raw, source)];
  const ids: PersonIds = ours
    ? { phone: message.to ?? null, userId: message.to_user_id ?? null }
    : { phone: message.from ?? null, userId: message.from_user_id ?? null };
  const person = withNames(ids, contacts);
  if (!person) return [unusable('unreadable', raw, source)];
  const customer = message.group_id
    ? { ...person, group: { externalId: message.group_id } }
    : person;
  const base = { accountExternalId: source.accountId, at: message.timestamp ?? null, customer };
  const acting = readActing(message, raw, { ...base, by: ours ? 'owner' : 'customer' });
  if (acting) return [acting === 'ignored' ? unusable('ignored', raw, source) : acting];
  if (acting === null) return [unusable('unreadable', raw, source)];
  const content = contentOf(raw, errors);
  // A chat that was opened, and nothing that brought them there.
  if (content.type === 'referral' && !content.details) return [unusable('ignored', raw, source)];
  const platformMessageId = message.id;
  if (ours)
    return [{ ...base, kind: 'echo', key: `echo:${message.id}`, platformMessageId, content }];
  const replyTo = message.context?.id ?? null;
  const key = `message:${message.id}`;
  const told = standby ? { ...content, details: { ...content.details, standby } } : content;
  return [{ ...base, kind: 'message', key, platformMessageId, content: told, replyTo }];
}

/** What a value has beside its messages. */
type Beside = {
  contacts: Contact[];
  errors: unknown[];
  /** Meta's own agent, or another app, holds the thread. */
  standby: boolean;
};

type Base = Pick<ChannelEvent, 'accountExternalId' | 'at'> & { customer: Customer };

/** A message that acts upon an earlier one; undefined: it is none such, null: it is damaged. */
function readActing(
  { id, type }: Message,
  raw: Record<string, unknown>,
  { by, ...base }: Base & { by: Author },
): ChannelEvent | 'ignored' | null | undefined {
  if (type === 'reaction') {
    const reaction = Reaction.safeParse(raw['reaction']).data;
    if (!reaction) return null;
    const emoji = reaction.emoji || null;
    const action = emoji === null ? 'unreact' : 'react';
    const key = `reaction:${id}:${action}`;
    const platformMessageId = reaction.message_id;
    return { ...base, by, kind: 'reaction', key, platformMessageId, action, emoji };
  }
  if (type === 'revoke') {
    const platformMessageId = Revoke.safeParse(raw['revoke']).data?.original_message_id;
    if (!platformMessageId) return null;
    return { ...base, by, kind: 'deleted', key: `deleted:${platformMessageId}`, platformMessageId };
  }
  if (type === 'edit') {
    const edit = Edit.safeParse(raw['edit']).data;
    if (!edit) return null;
    const changed = editIn(edit.message);
    if (!changed) return 'ignored';
    const platformMessageId = edit.original_message_id;
    const key = `edited:${id}`;
    return { ...base, by, kind: 'edited', key, platformMessageId, ...changed, revision: null };
  }
  return undefined;
}

/** A new caption may come without the file that it belongs to: that one stays. */
function editIn(message: unknown): Pick<Edited, 'content' | 'wordsOnly'> | null {
  const content = isObject(message) ? contentOf(message) : null;
  if (!content || content.type === 'unsupported') return null;
  const whole = content.attachments.some((file) => file.media_id !== undefined);
  if (whole) return { content };
  return content.text ? { content, wordsOnly: true } : null;
}

type Edited = Extract<ChannelEvent, { kind: 'edited' }>;

/** The person with the ids and names of the contact who has one of these ids; never of another. */
function withNames(ids: PersonIds, contacts: Contact[]): Customer | null {
  const contact = contacts.find((one) =>
    isSamePerson(ids, { phone: one.wa_id ?? null, userId: one.user_id ?? null }),
  );
  const person = customerOf(
    ids,
    contact && { phone: contact.wa_id ?? null, userId: contact.user_id ?? null },
  );
  if (!person) return null;
  const name = contact?.profile?.name;
  const username = contact?.profile?.username?.replace(/^@/, '');
  return { ...person, ...(name ? { name } : {}), ...(username ? { username } : {}) };
}
