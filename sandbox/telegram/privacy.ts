import { findMessage } from './chats.ts';
import type { Bot, Chat, ChatMessage } from './state.ts';

/** Members of a message that tell what happened to the group; every bot sees them. */
const SERVICE =
  /^(new_chat_|left_chat_|delete_chat_|group_chat_|supergroup_chat_|migrate_|pinned_)/;

/**
 * Whether the bot is shown this message of a person. In a group with privacy mode on: commands,
 * mentions of the bot, answers to it, and service messages; an administrator sees everything.
 */
export function isVisible(bot: Bot, chat: Chat, message: ChatMessage): boolean {
  if (chat.type === 'private' || chat.directMessages) return true;
  if (chat.botStatus === 'left' || chat.botStatus === 'kicked') return false;
  if (!bot.privacy || chat.botStatus === 'administrator') return true;
  const { content, replyTo } = message;
  if (Object.keys(content).some((name) => SERVICE.test(name))) return true;
  if (replyTo !== null && findMessage(chat, replyTo)?.from === 'business') return true;
  const text = String(content['text'] ?? content['caption'] ?? '');
  return text.startsWith('/') || mentions(text, bot.username);
}

function mentions(text: string, username: string): boolean {
  return text
    .toLowerCase()
    .split(/[^@\w]/)
    .includes(`@${username.toLowerCase()}`);
}
