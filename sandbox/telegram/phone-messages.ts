import type { PhoneCustomer, PhoneMessage } from '../phone.ts';
import { type Json, isObject } from './json.ts';
import { MEDIA_KINDS } from './media.ts';
import type { Chat, ChatMessage, StoredFile, TelegramState } from './state.ts';

/** A person or a group, as the lists of the page show them. */
export function summary(state: TelegramState, chat: Chat): PhoneCustomer {
  const person = chat.type === 'private' ? state.people.get(chat.id) : undefined;
  const name = person
    ? [person.firstName, person.lastName].filter(Boolean).join(' ')
    : (chat.title ?? chat.id);
  const last = chat.messages.at(-1);
  return {
    id: chat.id,
    name,
    username: person?.username ?? chat.username ?? chat.id,
    preview: last ? words(last) : null,
    at: last?.at ?? null,
    unseen: 0,
  };
}

/** One message as the phone shows it. Its id has the chat's in it, as it is unique only there. */
export function describe(chat: Chat): (message: ChatMessage) => PhoneMessage {
  return (message) => {
    const { id, from, at, content, replyTo } = message;
    const quoted = chat.messages.find((candidate) => candidate.id === replyTo);
    return {
      id: `${chat.id}:${id}`,
      from,
      text: textOf(message),
      media: message.deleted ? [] : mediaOf(content),
      // The platform tells whole seconds; the page finds the message in the CRM by this time.
      at: Math.floor(at / 1000) * 1000,
      status: null,
      deleted: message.deleted,
      edited: message.editedAt !== null,
      reactions: Object.values(message.reactions).flat(),
      quote: quoted ? words(quoted) : null,
      buttons: buttonsOf(message).map((button) => String(button['text'] ?? '')),
      note: noteOn(message),
    };
  };
}

/** The message's own id, out of what {@link describe} made. */
export function idIn(messageId: string): number {
  return Number(messageId.split(':').at(-1));
}

/** The buttons below a message, row after row. */
export function buttonsOf({ content }: ChatMessage): Json[] {
  const markup = content['reply_markup'];
  const rows = isObject(markup) ? markup['inline_keyboard'] : undefined;
  return Array.isArray(rows) ? rows.flat().filter(isObject) : [];
}

/** What a browser may be told a file is; anything but a picture is only offered for saving. */
export function fileTypeOf({ kind, mimeType }: StoredFile): string {
  if (kind !== 'photo' && kind !== 'sticker') return 'application/octet-stream';
  return mimeType?.startsWith('image/') ? mimeType : 'image/png';
}

function textOf({ content, deleted }: ChatMessage): string | null {
  const text = content['text'] ?? content['caption'];
  return deleted || text === undefined ? null : String(text);
}

function words(message: ChatMessage): string {
  if (message.deleted) return 'Message taken back';
  const [media] = mediaOf(message.content);
  return textOf(message) ?? (media ? `Sent: ${media.type}` : (noteOn(message) ?? 'A message'));
}

function mediaOf(content: Json): PhoneMessage['media'] {
  const kind = MEDIA_KINDS.find((candidate) => candidate in content);
  if (kind === undefined) return [];
  const value = content[kind];
  const file = Array.isArray(value) ? value.at(-1) : value;
  if (!isObject(file)) return [];
  const pictured = kind === 'photo' || kind === 'sticker';
  const src = pictured ? `/phone/telegram/files/${String(file['file_id'])}` : null;
  const name = typeof file['file_name'] === 'string' ? file['file_name'] : null;
  return [{ type: pictured ? 'image' : kind, src, name }];
}

function noteOn({ content, deleted }: ChatMessage): string | null {
  if (deleted) return null;
  const kind = Object.keys(NOTES).find((name) => name in content);
  if (kind === undefined) return null;
  const note = NOTES[kind] ?? '';
  const more = shortOf(content[kind]);
  return more === null ? note : `${note}: ${more}`;
}

/** What stands for a message, or beside its words, that the phone does not draw. */
const NOTES: Record<string, string> = {
  contact: 'a contact',
  venue: 'a place',
  location: 'a location',
  poll: 'a poll',
  dice: 'a throw of the dice',
  web_app_data: 'sent by a Mini App',
  successful_payment: 'a payment',
  refunded_payment: 'a payment that went back',
  invoice: 'an invoice',
  users_shared: 'chosen people',
  chat_shared: 'a chosen chat',
  story: 'a story',
  reply_to_story: 'an answer to a story',
  forward_origin: 'forwarded',
  checklist: 'a checklist',
  game: 'a game',
  paid_media: 'paid media',
  gift: 'a gift',
  giveaway: 'a giveaway',
  rich_message: 'a formatted message',
  new_chat_members: 'the bot was added',
  migrate_to_chat_id: 'the group became a supergroup',
};

/** The words or numbers by which people tell one from another. */
function shortOf(value: unknown): string | null {
  if (!isObject(value)) return null;
  if ('total_amount' in value)
    return `${String(value['total_amount'])} ${String(value['currency'])}`;
  if ('emoji' in value) return `${String(value['emoji'])} ${String(value['value'])}`;
  const named = value['title'] ?? value['question'] ?? value['button_text'] ?? value['first_name'];
  return typeof named === 'string' ? named : null;
}
