import type { Json } from './json.ts';
import { botJson } from './message-json.ts';
import { rightsJson } from './rights.ts';
import type { Bot, BotStatus, Chat } from './state.ts';

/** A `ChatMember` for the bot itself. */
export function memberJson(bot: Bot, status: BotStatus, type: Chat['type']): Json {
  const user = botJson(bot);
  if (status === 'kicked') return { user, status, until_date: 0 };
  if (status !== 'administrator') return { user, status };
  return { user, status, can_be_edited: false, ...rightsJson(type, true) };
}
