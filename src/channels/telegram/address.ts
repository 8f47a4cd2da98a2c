import type { Address } from '../channel.ts';

/** How chats, topics and messages of Telegram are written as one id. */

/** Where a message goes: a chat and, in a group with topics, one of these. */
export type Place = { chatId: string; threadId: string | null };

/** A message of a chat: the number alone is unique only within the chat. */
export type MessageRef = { chatId: string; messageId: string };

const PLACE = /^(-?[1-9]\d{0,18})(?:\/([1-9]\d{0,18}))?$/;
const MESSAGE = /^(-?[1-9]\d{0,18}):([1-9]\d{0,18})(?:\/.*)?$/s;

/** `<chat id>` or `<chat id>/<topic id>`; null for anything else. */
export function parsePlace(id: string): Place | null {
  const [, chatId, threadId] = PLACE.exec(id) ?? [];
  return chatId === undefined ? null : { chatId, threadId: threadId ?? null };
}

/** The id of a conversation. */
export function placeId({ chatId, threadId }: Place): string {
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
 * Reads what the CRM writes to: the id of a person, of a group, or of a group's topic. Names with
 * an @ are none: Telegram takes them for public channels only, and they change hands.
 */
export function parseRecipient(recipient: string): Address | null {
  const place = parsePlace(recipient.trim());
  // People have no topics, and an id with one would make a second conversation with them.
  if (!place || (place.threadId !== null && !isGroup(place.chatId))) return null;
  return { externalId: placeId(place), aliases: [] };
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
