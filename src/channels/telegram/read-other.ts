import type { MessageContent } from '../../domain/message.ts';
import { toPlatformData } from '../../domain/platform-data.ts';
import { isGroup, lastPlaceOf, messageRefId, placeOf } from './address.ts';
import { customerOf } from './customer.ts';
import { present } from './details.ts';
import { placeIn } from './place.ts';
import { CallbackQuery, MessageReaction, MyChatMember } from './schema.ts';
import type { CallbackIn, ReactionTypeIn } from './schema.ts';
import type { Reader } from './source.ts';

/** Readers of the updates that are no messages. */

/**
 * The list of a person's reactions changed. Each new one is a reaction; with nothing new, something
 * was taken back.
 */
export const readReaction: Reader = (raw, source) => {
  const reaction = MessageReaction.safeParse(raw).data;
  if (!reaction) return null;
  const { chat, message_id, user, actor_chat, old_reaction: before, new_reaction: now } = reaction;
  if (chat.type === 'channel') return [];
  // The channel's own reaction in its direct messages does not say in whose.
  if (chat.is_direct_messages && actor_chat) return [];
  const added = now.filter((one) => !before.some((other) => isSame(one, other)));
  const removed = before.filter((one) => !now.some((other) => isSame(one, other)));
  const platformMessageId = messageRefId({ chatId: chat.id, messageId: message_id });
  // Topics are not told: the core goes by the message.
  const place = placeIn({ chat, from: user });
  const base = {
    kind: 'reaction' as const,
    accountExternalId: source.accountExternalId,
    at: reaction.date ?? null,
    platformMessageId,
    customer: customerOf({ chat, place, from: user, as: actor_chat }),
    by: 'customer' as const,
    revision: source.revision,
  };
  const key = (index: number) => `reaction:${platformMessageId}:${source.update}:${index}`;
  if (added.length > 0)
    return added.map((one, index) => {
      return { ...base, key: key(index), action: 'react' as const, emoji: emojiOf(one) };
    });
  // An empty list takes back whatever there was: nobody needs to know what.
  const [gone] = now.length > 0 ? removed : [];
  if (now.length > 0 && !gone) return [];
  const emoji = gone ? emojiOf(gone) : null;
  return [{ ...base, key: key(0), action: 'unreact' as const, emoji }];
};

function isSame(one: ReactionTypeIn, other: ReactionTypeIn): boolean {
  return (
    one.type === other.type &&
    one.emoji === other.emoji &&
    one.custom_emoji_id === other.custom_emoji_id
  );
}

/** Custom emoji are pictures of Telegram's own and have no character. */
function emojiOf(reaction: ReactionTypeIn): string | null {
  return reaction.type === 'paid' ? '⭐' : (reaction.emoji ?? null);
}

/**
 * A button beneath a message was pressed. It has no time and no message of its own: its id is that of
 * the message with the button, so that an answer can quote that, and the id of the press.
 */
export const readCallback: Reader = (raw, source) => {
  const press = CallbackQuery.safeParse(raw).data;
  if (!press) return null;
  const { message, from, id } = press;
  if (message?.chat.type === 'channel') return [];
  const chat = message?.chat ?? (from && { ...from, ...PRIVATE });
  // A button of a message that was sent through inline mode, by someone who is not told; or for a
  // business account, in a chat that is not the bot's.
  if (!chat || message?.business_connection_id) return [];
  const shown = message && messageRefId({ chatId: chat.id, messageId: message.message_id });
  const place = message ? placeIn({ ...message, from }) : placeOf(chat.id);
  return [
    {
      kind: 'message',
      accountExternalId: source.accountExternalId,
      key: `callback:${id}`,
      at: null,
      platformMessageId: `${shown ?? 'inline'}/${id}`,
      customer: customerOf({ chat, place, from, asker: message?.direct_messages_topic?.user }),
      content: pressedContent(press),
      replyTo: shown ?? null,
    },
  ];
};

function pressedContent(press: CallbackIn): MessageContent {
  const { data, game_short_name: game, inline_message_id: inline } = press;
  const title = buttonOf(press);
  const answer = { kind: 'button', title, description: null, payload: data };
  const left = Object.fromEntries(
    Object.entries({ game_short_name: game, inline_message_id: inline }).filter(([, id]) => id),
  );
  const details = present({ answer, platform_data: toPlatformData(left) });
  return { type: 'postback', text: title ?? data, attachments: [], payload: data, details };
}

const PRIVATE = { type: null, title: null, is_direct_messages: null };

/** What the button says, where the message that shows it came along. */
function buttonOf(press: CallbackIn): string | null {
  const buttons = press.message?.reply_markup?.inline_keyboard.flat() ?? [];
  const pressed = buttons.find(
    (button) => press.data !== null && button?.callback_data === press.data,
  );
  return pressed?.text ?? null;
}

/** In a private chat: the person blocked the bot, or let it in again. Groups are left as they are. */
export const readMember: Reader = (raw, source) => {
  const change = MyChatMember.safeParse(raw).data;
  if (!change) return null;
  const { chat, from, date } = change;
  const { status } = change.new_chat_member;
  if (isGroup(chat.id) || !['member', 'kicked'].includes(status)) return [];
  return [
    {
      kind: 'reachability',
      accountExternalId: source.accountExternalId,
      key: `reachability:${chat.id}:${source.update}`,
      at: date ?? null,
      customer: {
        ...customerOf({ chat, place: placeOf(chat.id), from }),
        lastPlace: lastPlaceOf(chat.id),
      },
      reachable: status === 'member',
    },
  ];
};
