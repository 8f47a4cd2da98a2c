import type { Address } from '../channel.ts';

/** How chats, topics and messages of Telegram are written as one id. */

/**
 * Where a message goes: a chat, one of its topics (`threadId`, of a group or of a private chat), or
 * one person's part of a channel's direct messages (`directId`). At most one of the two is set.
 */
export type Place = { chatId: string; threadId: string | null; directId: string | null };

/** A message of a chat: the number alone is unique only within the chat. */
export type MessageRef = { chatId: string; messageId: string };

const PLACE = /^(-?[1-9]\d{0,18})(?:\/(direct\/)?([1-9]\d{0,18}))?$/;
const MESSAGE = /^(-?[1-9]\d{0,18}):([1-9]\d{0,18})(?:\/.*)?$/s;

/** The topic that every chat with topics begins with. Telegram refuses to be told its number. */
const GENERAL = '1';

/**
 * `<chat id>`, `<chat id>/<topic id>` or `<chat id>/direct/<topic id>`; null for anything else. The
 * General topic is the chat itself.
 */
export function parsePlace(id: string): Place | null {
  const [, chatId, direct, topicId] = PLACE.exec(id) ?? [];
  if (chatId === undefined) return null;
  if (topicId === undefined) return placeOf(chatId);
  // People have no direct messages of this kind: only channels do.
  if (direct !== undefined)
    return isGroup(chatId) ? { chatId, threadId: null, directId: topicId } : null;
  return placeOf(chatId, topicId);
}

/** The chat, or its topic. */
export function placeOf(chatId: string, topicId: string | null = null): Place {
  return { chatId, threadId: topicId === GENERAL ? null : topicId, directId: null };
}

/** The id of a conversation. */
export function placeId({ chatId, threadId, directId }: Place): string {
  if (directId !== null) return `${chatId}/direct/${directId}`;
  return threadId === null ? chatId : `${chatId}/${threadId}`;
}

/**
 * `<chat id>:<message id>`; what follows a slash (a press of a button beneath the message) is left
 * out. Null for anything else.
 */
export function parseMessageRef(id: string): MessageRef | null {
  const [, chatId, messageId] = MESSAGE.exec(id) ?? [];
  return chatId === undefined || messageId === undefined ? null : { chatId, messageId };
}

/** The platform id of a message, unique over all chats of the bot. */
export function messageRefId({ chatId, messageId }: MessageRef): string {
  return `${chatId}:${messageId}`;
}

/**
 * Reads what the CRM writes to: the id of a person, of a group, of a topic of either, or of a person
 * in a channel's direct messages. Names with an @ are none: Telegram takes them for public channels
 * only, and they change hands.
 */
export function parseRecipient(recipient: string): Address | null {
  const place = parsePlace(recipient.trim());
  if (!place) return null;
  const externalId = placeId(place);
  const isPerson = externalId === place.chatId && !isGroup(place.chatId);
  return { externalId, aliases: [], ...(isPerson && { lastPlace: lastPlaceOf(place.chatId) }) };
}

/**
 * Stands for the topic in which a person wrote last. Who has topics mostly writes nothing outside of
 * them, and what is sent to the person's id alone would stand where they do not look.
 */
export function lastPlaceOf(chatId: string): string {
  return `${chatId}/*`;
}

/** Groups and channels have negative ids, people positive ones. */
export function isGroup(chatId: string): boolean {
  return chatId.startsWith('-');
}

/** As Telegram's own samples write ids; they are below 2^53, and one that is not stays exact. */
export function wireId(id: string): number | string {
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : id;
}
