import type { Customer } from '../channel.ts';
import { isGroup, placeId } from './address.ts';
import type { Chat, User } from './schema.ts';

/** Telegram's stand-in for administrators who write as the group itself. */
const ANONYMOUS_ADMIN = '1087968824';

/** What of an update says who acted, and where. */
export type Actor = {
  chat: Chat;
  from: User | null | undefined;
  /** A group or channel in whose name they acted; `from` is then a stand-in. */
  as: Chat | null | undefined;
  /** What an anonymous administrator is called in the group. */
  signature?: string | null | undefined;
  /** The topic of a group that has topics. */
  threadId: string | null;
};

/**
 * Who acted. In a private chat that is the chat itself: its id is the person's, and it is there when
 * `from` is damaged. In a group the conversation is the group's, or the topic's.
 */
export function customerOf(actor: Actor): Customer {
  const { chat, from, threadId } = actor;
  if (!isGroup(chat.id))
    return {
      externalId: chat.id,
      username: from?.username ?? chat.username ?? null,
      name: nameOf(from),
    };
  const group = {
    externalId: placeId({ chatId: chat.id, threadId }),
    title: chat.title ?? null,
  };
  return { ...memberOf(actor), group };
}

function memberOf({ chat, from, as, signature }: Actor): Customer {
  // The group itself is no member of the group: its id is the conversation's.
  if (as && as.id !== chat.id)
    return { externalId: as.id, username: as.username ?? null, name: as.title ?? null };
  if (as || !from)
    return { externalId: ANONYMOUS_ADMIN, username: null, name: signature ?? chat.title ?? null };
  return { externalId: from.id, username: from.username ?? null, name: nameOf(from) };
}

/** First and last name as one. */
export function nameOf(
  person: Partial<Pick<User, 'first_name' | 'last_name'>> | null | undefined,
): string | null {
  const name = [person?.first_name, person?.last_name].filter(Boolean).join(' ').trim();
  return name === '' ? null : name;
}

/** Replies in ordinary groups have a thread id too; only a topic is a place to write to. */
export function topicOf(message: {
  is_topic_message?: boolean | null | undefined;
  message_thread_id?: string | null | undefined;
}): string | null {
  return message.is_topic_message ? (message.message_thread_id ?? null) : null;
}
