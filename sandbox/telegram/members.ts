import { refusals } from './errors.ts';
import type { Json } from './json.ts';
import { memberJson } from './member-json.ts';
import { personJson } from './message-json.ts';
import type { Method } from './method.ts';
import { reachableChat } from './reachable.ts';
import type { Bot, Chat, TelegramState } from './state.ts';

/** https://core.telegram.org/bots/api#getchatmember */
export const getChatMember: Method = ({ state }, { bot, params }) => {
  const chat = reachableChat(state, bot, params);
  const id = params.text('user_id') ?? '';
  if (!/^\d+$/.test(id) || id === '0') throw refusals.badRequest('invalid user_id specified');
  if (id === bot.id) return { result: memberJson(bot, chat.botStatus, chat.type) };
  const person = state.people.get(id);
  if (!person) throw refusals.badRequest('user not found');
  const user = personJson(person);
  if (chat.type === 'private')
    return id === chat.id ? { result: { user, status: 'member' } } : notHere();
  if (id === chat.members[0]) return { result: creatorJson(user) };
  return { result: { user, status: chat.members.includes(id) ? 'member' : 'left' } };
};

function notHere(): never {
  throw refusals.badRequest('member not found');
}

/** Somebody must have made the group: the person who was seen in it first. */
function creatorJson(user: Json): Json {
  return { user, status: 'creator', is_anonymous: false };
}

/** https://core.telegram.org/bots/api#getchatadministrators */
export const getChatAdministrators: Method = ({ state }, { bot, params }) => {
  const chat = reachableChat(state, bot, params);
  if (chat.type === 'private')
    throw refusals.badRequest('there are no administrators in the private chat');
  return { result: [...creator(state, chat), ...itself(bot, chat)] };
};

function creator(state: TelegramState, chat: Chat): Json[] {
  const person = state.people.get(chat.members[0] ?? '');
  return person ? [creatorJson(personJson(person))] : [];
}

function itself(bot: Bot, { botStatus, type }: Chat): Json[] {
  return botStatus === 'administrator' ? [memberJson(bot, botStatus, type)] : [];
}

/** https://core.telegram.org/bots/api#getchatmembercount: the bot is one of them. */
export const getChatMemberCount: Method = ({ state }, { bot, params }) => {
  const chat = reachableChat(state, bot, params);
  return { result: chat.type === 'private' ? 2 : new Set(chat.members).size + 1 };
};

/** https://core.telegram.org/bots/api#leavechat */
export const leaveChat: Method = ({ state }, { bot, params }) => {
  const chat = reachableChat(state, bot, params);
  if (chat.type === 'private')
    throw refusals.badRequest("chat member status can't be changed in private chats");
  chat.botStatus = 'left';
  return { result: true };
};
