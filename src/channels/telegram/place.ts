import { isGroup, placeOf, type Place } from './address.ts';
import type { Chat, DirectTopic, User } from './schema.ts';

/** What of a message or a reaction says in which place of its chat it stands. */
type Placed = {
  chat: Chat;
  from?: User | null | undefined;
  sender_chat?: Chat | null | undefined;
  is_topic_message?: boolean | null | undefined;
  message_thread_id?: string | null | undefined;
  direct_messages_topic?: DirectTopic | null | undefined;
};

/**
 * The chat, one of its topics, or one person's part of a channel's direct messages, following
 * `Message` of the Bot API. Replies in ordinary groups have a thread id too; only a topic is a place
 * to write to.
 */
export function placeIn(message: Placed): Place {
  const { chat } = message;
  const directId = directIdIn(message);
  if (directId !== null) return { chatId: chat.id, threadId: null, directId };
  return placeOf(chat.id, message.is_topic_message ? (message.message_thread_id ?? null) : null);
}

/**
 * The topic of somebody who writes to a channel has their own id, which stands in for it where
 * Telegram names no topic: in reactions, and beside messages that it no longer shows.
 */
function directIdIn({ chat, from, sender_chat: as, direct_messages_topic: topic }: Placed) {
  if (!isGroup(chat.id)) return null;
  const named = topic?.topic_id ?? topic?.user?.id ?? null;
  if (named !== null || !chat.is_direct_messages || as || from?.is_bot) return named;
  return from?.id ?? null;
}

/**
 * Whether the channel itself wrote, which its administrators do with Telegram's own app: everybody
 * but the person whose part of the direct messages it is.
 */
export function isByChannel({ directId }: Place, { from, sender_chat: as }: Placed): boolean {
  return directId !== null && (Boolean(as) || (Boolean(from) && from?.id !== directId));
}
