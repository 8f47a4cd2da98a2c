import { findMessage } from './chats.ts';
import { refusals } from './errors.ts';
import { isObject } from './json.ts';
import type { Method } from './method.ts';
import { reachableChat } from './reachable.ts';

/** What a bot may react with: https://core.telegram.org/bots/api#reactiontypeemoji */
const EMOJI = new Set(
  [
    ...['👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣'],
    ...['⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅'],
    ...['🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡'],
  ].flatMap((row) => row.split(' ')),
);

/** The platform writes these without the selector that asks for the coloured form. */
function bare(emoji: string): string {
  return emoji.replaceAll('\ufe0f', '');
}

/** https://core.telegram.org/bots/api#setmessagereaction: one emoji, or none to take it back. */
export const setMessageReaction: Method = ({ state }, { bot, params }) => {
  const chat = reachableChat(state, bot, params);
  const message = findMessage(chat, params.integer('message_id') ?? 0);
  if (!message) throw refusals.badRequest('message to react not found');
  const given = params.list('reaction') ?? [];
  if (given.length > 1) throw refusals.badRequest('REACTIONS_TOO_MANY');
  const emoji = given.map((reaction) =>
    isObject(reaction) && reaction['type'] === 'emoji' ? bare(String(reaction['emoji'])) : '',
  );
  if (emoji.some((one) => !EMOJI.has(one))) throw refusals.badRequest('REACTION_INVALID');
  if (emoji.length > 0) message.reactions['bot'] = emoji;
  else delete message.reactions['bot'];
  return { result: true };
};
