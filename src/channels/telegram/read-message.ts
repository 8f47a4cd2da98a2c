import type { ChannelEvent } from '../channel.ts';
import { isGroup, messageRefId } from './address.ts';
import { isObject } from './fields.ts';
import { contentOf, kindOf } from './content.ts';
import { customerOf } from './customer.ts';
import { isByChannel, placeIn } from './place.ts';
import { Message } from './schema.ts';
import type { MessageIn } from './schema.ts';
import { isOfDeed, isService } from './service-messages.ts';
import type { Reader, Source } from './source.ts';

type Raw = Record<string, unknown>;

/** A message that somebody wrote, or the group's word that it moved. */
export const readMessage: Reader = (raw, source) => read(raw, source, eventsOf);

/** An edited message comes whole, with its new text. */
export const readEdit: Reader = (raw, source) => read(raw, source, editsOf);

function read(
  raw: unknown,
  source: Source,
  reader: (message: MessageIn, raw: Raw, source: Source) => ChannelEvent[],
): ChannelEvent[] | null {
  const message = Message.safeParse(raw).data;
  if (!message || !isObject(raw)) return null;
  // Posts of a channel have readers, not a customer.
  if (message.chat.type === 'channel') return [];
  // They belong to chats that have the same ids as the bot's, and are none of them.
  if (raw['business_connection_id'] || raw['guest_query_id']) return [];
  // Service messages that we caused, such as pinning; but money that goes back is to be told.
  const isOurs = message.from !== null && message.from.id === source.accountExternalId;
  if (isOurs && raw['refunded_payment'] === undefined) return [];
  return reader(message, raw, source);
}

function eventsOf(message: MessageIn, raw: Raw, source: Source): ChannelEvent[] {
  const moved = migrationOf(message, source);
  if (moved) return [moved];
  if (isService(raw)) return [];
  const platformMessageId = refOf(message);
  const told = {
    accountExternalId: source.accountExternalId,
    key: `message:${platformMessageId}`,
    at: message.date ?? null,
    platformMessageId,
    customer: senderOf(message),
    content: contentOf(message, raw),
  };
  if (isByChannel(placeIn(message), message)) return [{ kind: 'echo', ...told }];
  const automatic = isAutomatic(message) || isOfDeed(raw) ? { automatic: true } : {};
  return [{ kind: 'message', ...told, replyTo: repliedOf(message), ...automatic }];
}

/**
 * A bot wrote it, a channel's post was forwarded to its group, or it was sent for somebody who is away.
 * Who writes as a group or channel is shown as a bot as well, beside what they write as.
 */
function isAutomatic(message: MessageIn): boolean {
  const byBot = message.from?.is_bot === true && !message.sender_chat;
  return byBot || message.is_automatic_forward === true || message.is_from_offline === true;
}

function editsOf(message: MessageIn, raw: Raw, source: Source): ChannelEvent[] {
  // A live location moves every few seconds.
  if (message.location) return [];
  const content = contentOf(message, raw);
  // Telegram also tells of changes that nobody sees, and of keyboards.
  const isEmpty = content.type === 'text' && content.text === '';
  if (isEmpty || (content.text === null && kindOf(raw) === undefined)) return [];
  const platformMessageId = refOf(message);
  return [
    {
      kind: 'edited',
      accountExternalId: source.accountExternalId,
      key: `edited:${platformMessageId}:${source.update}`,
      at: message.edit_date ?? null,
      platformMessageId,
      customer: senderOf(message),
      by: isByChannel(placeIn(message), message) ? 'owner' : 'customer',
      content,
      revision: source.revision,
    },
  ];
}

/**
 * A group became a supergroup, which has another id. Both chats say so, and either may come first:
 * the key is the same.
 */
function migrationOf(message: MessageIn, source: Source): ChannelEvent | null {
  const { migrate_to_chat_id: to, migrate_from_chat_id: from, chat } = message;
  if (!to && !from) return null;
  const [oldId, newId] = to ? [chat.id, to] : [from ?? '', chat.id];
  if (oldId === newId || !isGroup(oldId) || !isGroup(newId)) return null;
  const group = { externalId: oldId, title: chat.title ?? null };
  return {
    kind: 'identity_changed',
    accountExternalId: source.accountExternalId,
    key: `migrated:${oldId}:${newId}`,
    at: message.date ?? null,
    customer: { externalId: oldId, group },
    now: { externalId: newId, aliases: [] },
  };
}

function refOf({ chat, message_id }: MessageIn): string {
  return messageRefId({ chatId: chat.id, messageId: message_id });
}

function senderOf(message: MessageIn) {
  const { chat, from, sender_chat: as, author_signature: signature } = message;
  const asker = message.direct_messages_topic?.user;
  return customerOf({ chat, place: placeIn(message), from, as, signature, asker });
}

function repliedOf(message: MessageIn): string | null {
  const { reply_to_message: replied, external_reply: external, chat } = message;
  // Whatever is written in a topic answers the message that opened it.
  if (replied && replied.message_id !== placeIn(message).threadId)
    return messageRefId({ chatId: replied.chat?.id ?? chat.id, messageId: replied.message_id });
  return external
    ? messageRefId({ chatId: external.chat.id, messageId: external.message_id })
    : null;
}
