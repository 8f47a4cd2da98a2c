import { refusals } from './errors.ts';
import { idNumber } from './json.ts';
import { newMedia } from './media.ts';
import { botJson, chatJson } from './message-json.ts';
import type { Method } from './method.ts';
import { findChat } from './reachable.ts';

/** https://core.telegram.org/bots/api#getme */
export const getMe: Method = (_deps, { bot }) => ({
  result: {
    ...botJson(bot),
    can_join_groups: true,
    can_read_all_group_messages: !bot.privacy,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_topics_enabled: bot.topics === true,
    allows_users_to_create_topics: bot.topics === true,
    has_main_web_app: false,
  },
});

/** https://core.telegram.org/bots/api#getchat: only chats that the bot has seen. */
export const getChat: Method = ({ state }, { bot, params }) => {
  const chat = findChat(state, bot, params);
  const person = chat.type === 'private' ? state.people.get(chat.id) : undefined;
  const username = person?.username ?? chat.username;
  return {
    result: {
      ...chatJson(state, chat),
      ...(username && { active_usernames: [username] }),
      accent_color_id: idNumber(chat.id) % 7,
      max_reaction_count: 11,
      accepted_gift_types: {},
    },
  };
};

/** https://core.telegram.org/bots/api#getuserprofilephotos */
export const getUserProfilePhotos: Method = ({ state, files }, { bot, params }) => {
  const person = state.people.get(String(params.integer('user_id') ?? ''));
  if (!person) throw refusals.badRequest('user not found');
  const photos = person.photo
    ? [newMedia(files, bot.id, { kind: 'photo', name: `${person.id}.png` })['photo']]
    : [];
  return { result: { total_count: photos.length, photos } };
};

/** https://core.telegram.org/bots/api#getfile */
export const getFile: Method = ({ files }, { bot, params }) => {
  const file = files.find(bot.id, params.text('file_id') ?? '');
  if (!file) throw refusals.badRequest('wrong file_id or the file is temporarily unavailable');
  const path = files.open(file);
  return {
    result: {
      file_id: file.fileId,
      file_unique_id: file.uniqueId,
      file_size: file.size,
      file_path: path,
    },
  };
};
