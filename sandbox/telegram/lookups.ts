import { refusals } from './errors.ts';
import { findMessage } from './chats.ts';
import { type Json, idNumber } from './json.ts';
import { newMedia } from './media.ts';
import { botJson, chatJson, messageJson } from './message-json.ts';
import type { Method } from './method.ts';
import { pinnedOf } from './pins.ts';
import { findChat } from './reachable.ts';
import { permissionsJson } from './rights.ts';

/** https://core.telegram.org/bots/api#getme */
export const getMe: Method = (_deps, { bot }) => ({
  result: {
    ...botJson(bot),
    can_join_groups: true,
    can_read_all_group_messages: !bot.privacy,
    supports_inline_queries: false,
    supports_guest_queries: false,
    can_connect_to_business: false,
    has_topics_enabled: bot.topics === true,
    allows_users_to_create_topics: bot.topics === true,
    can_manage_bots: false,
    has_main_web_app: false,
  },
});

/** https://core.telegram.org/bots/api#getchat: only chats that the bot has seen. */
export const getChat: Method = ({ state }, { bot, params }) => {
  const chat = findChat(state, bot, params);
  const isPrivate = chat.type === 'private';
  const person = isPrivate ? state.people.get(chat.id) : undefined;
  const username = person?.username ?? chat.username;
  const pinned = findMessage(chat, pinnedOf(chat).at(-1) ?? 0);
  return {
    result: {
      ...chatJson(state, chat),
      ...(username && { active_usernames: [username] }),
      ...(!isPrivate && { permissions: permissionsJson() }),
      ...(pinned && { pinned_message: messageJson(state, chat, pinned) }),
      accent_color_id: Math.abs(idNumber(chat.id)) % 7,
      max_reaction_count: 11,
      accepted_gift_types: giftTypesJson(isPrivate),
    },
  };
};

/** Every member is required: https://core.telegram.org/bots/api#acceptedgifttypes */
function giftTypesJson(accepted: boolean): Json {
  const kinds = ['unlimited', 'limited', 'unique'].map((kind) => [`${kind}_gifts`, accepted]);
  return {
    ...Object.fromEntries(kinds),
    premium_subscription: accepted,
    gifts_from_channels: accepted,
  };
}

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
