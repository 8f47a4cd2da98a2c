import { findMessage } from './chats.ts';
import { type Json, idNumber, seconds } from './json.ts';
import type { Bot, Chat, ChatMessage, Person, TelegramState } from './state.ts';

/** The stand-in that `from` shows for an admin who writes in the group's name. */
const ANONYMOUS = {
  id: 1_087_968_824,
  is_bot: true,
  first_name: 'Group',
  username: 'GroupAnonymousBot',
};

/** The stand-in for whoever writes in the name of a channel. */
const CHANNEL_BOT = {
  id: 136_817_688,
  is_bot: true,
  first_name: 'Channel',
  username: 'Channel_Bot',
};

/** The channel that direct messages are written to; its id is made of theirs. */
export function channelJson(chat: Chat): Json {
  return { id: idNumber(`-100${chat.id.slice(-9)}`), type: 'channel', title: chat.title };
}

/** A `User`; members without a value are left out, as the platform does. */
export function personJson(person: Person): Json {
  return {
    id: idNumber(person.id),
    is_bot: false,
    first_name: person.firstName,
    ...(person.lastName !== null && { last_name: person.lastName }),
    ...(person.username !== null && { username: person.username }),
    ...(person.languageCode !== null && { language_code: person.languageCode }),
  };
}

/** A bot as `from` of its messages. */
export function botJson(bot: Bot): Json {
  return {
    id: idNumber(bot.id),
    is_bot: true,
    first_name: bot.firstName,
    username: bot.username,
  };
}

/** A `Chat`, as messages carry it. */
export function chatJson(state: TelegramState, chat: Chat): Json {
  const base = { id: idNumber(chat.id), type: chat.type };
  if (chat.type !== 'private')
    return {
      ...base,
      title: chat.title,
      ...(chat.username !== null && { username: chat.username }),
      ...(chat.forum && { is_forum: true }),
      ...(chat.directMessages && { is_direct_messages: true }),
    };
  const person = state.people.get(chat.id);
  return {
    ...base,
    first_name: person?.firstName ?? '',
    ...(person?.lastName && { last_name: person.lastName }),
    ...(person?.username && { username: person.username }),
  };
}

/** A `DirectMessagesTopic`: that of a person has their id. */
export function directTopicJson(state: TelegramState, personId: string): Json {
  const person = state.people.get(personId);
  return { topic_id: idNumber(personId), ...(person && { user: personJson(person) }) };
}

/** A `Message`. What it answers is inside it, one level deep. */
export function messageJson(
  state: TelegramState,
  chat: Chat,
  message: ChatMessage,
  depth = 0,
): Json {
  const answered =
    depth === 0 && message.replyTo !== null ? findMessage(chat, message.replyTo) : undefined;
  return {
    message_id: message.id,
    ...senderJson(state, chat, message),
    chat: chatJson(state, chat),
    date: seconds(message.at),
    ...(message.editedAt !== null && { edit_date: seconds(message.editedAt) }),
    ...(answered && { reply_to_message: messageJson(state, chat, answered, depth + 1) }),
    ...message.content,
  };
}

function senderJson(state: TelegramState, chat: Chat, { from, personId }: ChatMessage): Json {
  const bot = state.bots.get(chat.botId);
  if (from === 'business') return bot ? { from: botJson(bot) } : {};
  const person = personId === null ? undefined : state.people.get(personId);
  if (person) return { from: personJson(person) };
  if (chat.directMessages) return { from: CHANNEL_BOT, sender_chat: channelJson(chat) };
  return { from: ANONYMOUS, sender_chat: chatJson(state, chat) };
}
