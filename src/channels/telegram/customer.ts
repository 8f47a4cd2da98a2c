import type { Customer } from '../channel.ts';
import { isGroup, lastPlaceOf, placeId, type Place } from './address.ts';
import type { Chat, User } from './schema.ts';

/** Telegram's stand-in for administrators who write as the group itself. */
const ANONYMOUS_ADMIN = '1087968824';

/** What of an update says who acted, and where. */
export type Actor = {
  chat: Chat;
  place: Place;
  from: User | null | undefined;
  /** A group or channel in whose name they acted; `from` is then a stand-in. */
  as?: Chat | null | undefined;
  /** What an anonymous administrator is called in the group. */
  signature?: string | null | undefined;
  /** Whose part of a channel's direct messages it is. */
  asker?: User | null | undefined;
};

/**
 * Who acted. In a private chat that is the chat itself: its id is the person's, and it is there when
 * `from` is damaged. In a group the conversation is the group's, or the topic's. In a channel's
 * direct messages it is with the person who asked, whoever acted.
 */
export function customerOf(actor: Actor): Customer {
  const { chat, from, place } = actor;
  const externalId = placeId(place);
  if (place.directId !== null) {
    const asker = actor.asker ?? (from?.id === place.directId ? from : null);
    return { externalId, username: asker?.username ?? null, name: nameOf(asker) };
  }
  if (!isGroup(chat.id)) {
    const names = { username: from?.username ?? chat.username ?? null, name: nameOf(from) };
    if (place.threadId === null) return { externalId, ...names };
    return { externalId, lastPlace: lastPlaceOf(chat.id), ...names };
  }
  return { ...memberOf(actor), group: { externalId, title: chat.title ?? null } };
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
