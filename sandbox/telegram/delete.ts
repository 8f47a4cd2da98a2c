import { findMessage } from './chats.ts';
import { refusals } from './errors.ts';
import type { Method } from './method.ts';
import { readMessageIds } from './message-ids.ts';
import { reachableChat } from './reachable.ts';
import type { Chat, ChatMessage } from './state.ts';

/** Milliseconds after which a message cannot be deleted any more. */
const DELETABLE = 48 * 3_600_000;

/** https://core.telegram.org/bots/api#deletemessage */
export const deleteMessage: Method = ({ state, now }, { bot, params }) => {
  const chat = reachableChat(state, bot, params);
  const message = findMessage(chat, params.integer('message_id') ?? 0);
  if (!message) throw refusals.badRequest('message to delete not found');
  check(chat, message, now());
  message.deleted = true;
  return { result: true };
};

/** https://core.telegram.org/bots/api#deletemessages: those that are not there are passed over. */
export const deleteMessages: Method = ({ state, now }, { bot, params }) => {
  const ids = readMessageIds(params);
  const chat = reachableChat(state, bot, params);
  const found = ids.flatMap((id) => findMessage(chat, id) ?? []);
  for (const message of found) check(chat, message, now());
  for (const message of found) message.deleted = true;
  return { result: true };
};

/** Throws 400 where the bot may not, or no longer. */
function check(chat: Chat, message: ChatMessage, now: number): void {
  const mayDelete =
    message.from === 'business' || chat.type === 'private' || chat.botStatus === 'administrator';
  if (!mayDelete) throw refusals.badRequest("message can't be deleted");
  if (now - message.at > DELETABLE)
    throw refusals.badRequest("message can't be deleted for everyone");
}
