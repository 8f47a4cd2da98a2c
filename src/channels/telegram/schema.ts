import { z } from 'zod';
import type { NewAccount } from '../channel.ts';
import {
  ChatId,
  Count,
  flag,
  handle,
  lenient,
  maybeChatId,
  maybeCount,
  maybeText,
  Seconds,
  size,
} from './fields.ts';

/** What Telegram sends and what we are given for an account, read leniently where it may vary. */

/** Telegram's member of a create-account request: what BotFather gave out. */
export const TelegramAccount: z.ZodType<NewAccount> = z
  .object({
    bot_token: z
      .string()
      .regex(
        /^[1-9]\d{0,18}:[A-Za-z0-9_-]{20,256}$/,
        'expected the token as BotFather gives it: the id of the bot, a colon, and the secret',
      ),
  })
  .transform(({ bot_token }) => ({
    externalId: bot_token.slice(0, bot_token.indexOf(':')),
    details: {},
    credentials: { bot_token },
  }));

export const User = z.object({
  id: ChatId,
  first_name: maybeText,
  last_name: maybeText,
  username: maybeText,
  is_bot: flag,
});
export type User = z.output<typeof User>;

/** The type is not looked at: the sign of the id tells groups from people. */
export const Chat = z.object({
  id: ChatId,
  type: maybeText,
  title: maybeText,
  username: maybeText,
  /** The direct messages of a channel. */
  is_direct_messages: flag,
});
export type Chat = z.output<typeof Chat>;

/** One person's part of a channel's direct messages. */
const DirectTopic = z.object({ topic_id: maybeCount, user: lenient(User) });
export type DirectTopic = z.output<typeof DirectTopic>;

const File = z.object({
  file_id: handle,
  file_name: maybeText,
  mime_type: maybeText,
  file_size: size,
});
export type FileIn = z.output<typeof File>;
const file = lenient(File);

const PhotoSize = z.object({ file_id: handle, width: size, height: size, file_size: size });
// One odd size must not lose the photo.
const photo = lenient(
  z.array(lenient(PhotoSize)).transform((sizes) => sizes.filter((one) => one !== null)),
);
const coordinate = lenient(z.number().min(-180).max(180));
const Location = z.object({ latitude: coordinate, longitude: coordinate });

const Replied = z.object({
  message_id: Count,
  chat: lenient(z.object({ id: ChatId })),
});

/**
 * A message. Only its number and its chat must be readable: whatever else is odd is read as absent,
 * for a customer's message with a damaged name is still a message.
 */
export const Message = z.object({
  message_id: Count,
  chat: Chat,
  from: lenient(User),
  sender_chat: lenient(Chat),
  author_signature: maybeText,
  message_thread_id: maybeCount,
  is_topic_message: flag,
  direct_messages_topic: lenient(DirectTopic),
  is_automatic_forward: flag,
  is_from_offline: flag,
  date: Seconds,
  edit_date: Seconds,
  text: maybeText,
  caption: maybeText,
  reply_to_message: lenient(Replied),
  external_reply: lenient(z.object({ message_id: Count, chat: z.object({ id: ChatId }) })),
  photo,
  animation: file,
  video: file,
  video_note: file,
  audio: file,
  voice: file,
  document: file,
  live_photo: file,
  paid_media: lenient(
    z.object({
      paid_media: z.array(lenient(z.object({ photo, video: file, live_photo: file }))),
    }),
  ),
  sticker: lenient(
    z.object({
      file_id: handle,
      file_size: size,
      emoji: maybeText,
      is_animated: flag,
      is_video: flag,
    }),
  ),
  location: lenient(Location),
  venue: lenient(z.object({ location: lenient(Location), title: maybeText, address: maybeText })),
  contact: lenient(
    z.object({
      phone_number: maybeText,
      first_name: maybeText,
      last_name: maybeText,
      user_id: maybeChatId,
      vcard: maybeText,
    }),
  ),
  /** Anything at all: that it is there says what the message is. */
  story: z.unknown().optional(),
  migrate_to_chat_id: maybeChatId,
  migrate_from_chat_id: maybeChatId,
});
export type MessageIn = z.output<typeof Message>;

const Button = z.object({ text: maybeText, callback_data: maybeText });
const Keyboard = z.object({ inline_keyboard: z.array(z.array(lenient(Button)).catch([])) });
/** A press of a button beneath a message of ours. */
export const CallbackQuery = z.object({
  id: z.string().regex(/^[\x21-\x7e]{1,128}$/),
  from: lenient(User),
  message: lenient(
    z.object({
      message_id: Count,
      chat: Chat,
      message_thread_id: maybeCount,
      is_topic_message: flag,
      direct_messages_topic: lenient(DirectTopic),
      business_connection_id: maybeText,
      reply_markup: lenient(Keyboard),
    }),
  ),
  data: maybeText,
  game_short_name: maybeText,
  inline_message_id: maybeText,
});
export type CallbackIn = z.output<typeof CallbackQuery>;

const ReactionType = z.object({ type: z.string(), emoji: maybeText, custom_emoji_id: handle });
export type ReactionTypeIn = z.output<typeof ReactionType>;
const reactions = z.array(ReactionType);

export const MessageReaction = z.object({
  chat: Chat,
  message_id: Count,
  user: lenient(User),
  actor_chat: lenient(Chat),
  date: Seconds,
  old_reaction: reactions.catch([]),
  // Not lenient: a list that cannot be read is not an empty one, which would take reactions back.
  new_reaction: reactions,
});

export const MyChatMember = z.object({
  chat: Chat,
  from: lenient(User),
  date: Seconds,
  new_chat_member: z.object({ status: z.string() }),
});

export const UpdateId = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
