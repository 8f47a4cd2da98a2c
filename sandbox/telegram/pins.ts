import { findMessage } from './chats.ts';
import { refusals } from './errors.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import { reachableChat } from './reachable.ts';
import type { Chat } from './state.ts';

/** https://core.telegram.org/bots/api#pinchatmessage */
export const pinChatMessage: Method = (deps, call) => {
  const chat = pinnable(deps, call);
  const id = existing(chat, call, 'pin');
  chat.pinned = [...pinnedOf(chat).filter((each) => each !== id), id];
  return { result: true };
};

/** https://core.telegram.org/bots/api#unpinchatmessage: the newest where none is named. */
export const unpinChatMessage: Method = (deps, call) => {
  const chat = pinnable(deps, call);
  const id = call.params.has('message_id') ? existing(chat, call, 'unpin') : pinnedOf(chat).at(-1);
  if (id === undefined) throw refusals.badRequest('message to unpin not found');
  chat.pinned = pinnedOf(chat).filter((each) => each !== id);
  return { result: true };
};

/** https://core.telegram.org/bots/api#unpinallchatmessages */
export const unpinAllChatMessages: Method = (deps, call) => {
  pinnable(deps, call).pinned = [];
  return { result: true };
};

/** Ids of the pinned messages that are still there, the newest pin last. */
export function pinnedOf(chat: Chat): number[] {
  return (chat.pinned ?? []).filter((id) => findMessage(chat, id));
}

function pinnable({ state }: MethodDeps, { bot, params }: MethodCall): Chat {
  const chat = reachableChat(state, bot, params);
  if (chat.type === 'private' || chat.botStatus === 'administrator') return chat;
  throw refusals.badRequest('not enough rights to manage pinned messages in the chat');
}

function existing(chat: Chat, { params }: MethodCall, verb: 'pin' | 'unpin'): number {
  const message = findMessage(chat, params.integer('message_id') ?? 0);
  if (message) return message.id;
  throw refusals.badRequest(`message to ${verb} not found`);
}
