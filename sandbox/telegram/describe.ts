import type { Bot, Chat, TelegramState } from './state.ts';

/** A bot for control answers. Without its token: that is only ever given, never shown. */
export function describeBot(bot: Bot): object {
  return {
    bot_id: bot.id,
    username: bot.username,
    first_name: bot.firstName,
    token: bot.revoked ? 'revoked' : 'valid',
    privacy: bot.privacy,
    topics: bot.topics ?? false,
    webhook: bot.webhook?.url ?? null,
    allowed_updates: bot.allowedUpdates,
    pending_updates: bot.pending.length,
  };
}

/** A chat for control answers, without its messages. */
export function describeChat(state: TelegramState, chat: Chat): object {
  const person = chat.type === 'private' ? state.people.get(chat.id) : undefined;
  return {
    customer_id: chat.id,
    account: chat.botId,
    type: chat.type,
    title: chat.title,
    forum: chat.forum,
    direct_messages: chat.directMessages ?? false,
    first_name: person?.firstName ?? null,
    last_name: person?.lastName ?? null,
    username: person?.username ?? chat.username,
    started: chat.started,
    blocked: chat.type === 'private' && chat.botStatus === 'kicked',
    bot_status: chat.botStatus,
    migrated_to: chat.migratedTo,
  };
}
