import { refusals } from './errors.ts';
import type { Parameters } from './parameters.ts';
import { type Bot, type Chat, type TelegramState, chatKey } from './state.ts';

/** The chat of `chat_id`: a number, or `@name` of a public group. Throws 400 if it is not known. */
export function findChat(
  state: TelegramState,
  bot: Bot,
  params: Parameters,
  name = 'chat_id',
): Chat {
  const id = params.text(name)?.trim() ?? '';
  if (id === '') throw refusals.badRequest(`${name} is empty`);
  const chat = id.startsWith('@')
    ? publicGroup(state, bot, id.slice(1))
    : state.chats.get(chatKey(bot.id, id));
  if (chat) return chat;
  // A person whom other bots know exists, but has not opened a chat with this one.
  throw state.people.has(id) ? refusals.notStarted() : refusals.chatNotFound();
}

function publicGroup(state: TelegramState, bot: Bot, username: string): Chat | undefined {
  const wanted = username.toLowerCase();
  return [...state.chats.values()].find(
    (chat) =>
      chat.botId === bot.id && chat.type !== 'private' && chat.username?.toLowerCase() === wanted,
  );
}

/** The chat of `chat_id`, if the bot may write there. Throws 400 or 403 as the platform does. */
export function reachableChat(state: TelegramState, bot: Bot, params: Parameters): Chat {
  const chat = findChat(state, bot, params);
  if (chat.type === 'private') {
    if (state.people.get(chat.id)?.deactivated) throw refusals.deactivated();
    if (chat.botStatus === 'kicked') throw refusals.blocked();
    if (!chat.started) throw refusals.notStarted();
    return chat;
  }
  if (chat.migratedTo !== null) throw refusals.migrated(Number(chat.migratedTo));
  if (chat.deleted) throw refusals.groupDeleted();
  if (chat.botStatus === 'kicked') throw refusals.kicked(kindOf(chat));
  if (chat.botStatus === 'left') throw refusals.notMember(kindOf(chat));
  return chat;
}

function kindOf({ type }: Chat): string {
  return type === 'supergroup' ? 'supergroup' : 'group';
}
