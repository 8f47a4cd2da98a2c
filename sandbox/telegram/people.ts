import { randomInt } from 'node:crypto';
import { addMessage, openPerson } from './chats.ts';
import { type Emit, type EmitDeps, createEmit } from './emit.ts';
import type { Files } from './files.ts';
import { type Json, idNumber, seconds } from './json.ts';
import { channelJson, chatJson, messageJson, personJson } from './message-json.ts';
import type { Chat, ChatMessage, Person } from './state.ts';
import { type Change, type Written, contentsOf, editedContent } from './written.ts';

/** What a person can do in Telegram. Every verb changes the chat and tells the bot. */
export type PeopleActions = {
  /** `author` null: an admin of a group who writes in its name. */
  write(chat: Chat, author: Person | null, given: Written): ChatMessage[];
  edit(chat: Chat, message: ChatMessage, change: Change): void;
  /** An empty list takes the reaction back. */
  react(chat: Chat, message: ChatMessage, by: Person | null, emoji: string[]): void;
  /** Presses a button below a message; returns the id of the query. */
  press(chat: Chat, message: ChatMessage, by: Person, data: string | null): string;
  block(chat: Chat): void;
  unblock(chat: Chat): void;
  emit: Emit;
};

export type PeopleDeps = EmitDeps & { files: Files };

/** A bot keeps this many pressed buttons. */
const KEPT_QUERIES = 500;

export function createPeopleActions(deps: PeopleDeps): PeopleActions {
  const { state, settings, now } = deps;
  const emit = createEmit(deps);

  return {
    emit,
    write(chat, author, given) {
      if (chat.type === 'private') chat.started = true;
      else if (author && !chat.members.includes(author.id)) chat.members.push(author.id);
      const written = { from: 'customer', personId: author?.id ?? null } as const;
      return contentsOf(deps, { chat, author, given }).map((content) => {
        const message = addMessage(chat, {
          ...written,
          at: given.timestamp ?? now(),
          content,
          replyTo: given.reply_to ?? null,
        });
        emit.message(chat, message);
        return message;
      });
    },
    edit(chat, message, change) {
      message.content = editedContent(deps, chat, { content: message.content, change });
      message.editedAt = now();
      emit.message(chat, message);
    },
    react(chat, message, by, emoji) {
      const key = by?.id ?? chat.id;
      const before = message.reactions[key] ?? [];
      if (emoji.length > 0) message.reactions[key] = emoji;
      else delete message.reactions[key];
      const told =
        chat.type === 'private' ? settings.private_reactions : chat.botStatus === 'administrator';
      if (!told) return;
      const payload = {
        chat: chatJson(state, chat),
        message_id: message.id,
        ...(by
          ? { user: personJson(by) }
          : { actor_chat: chat.directMessages ? channelJson(chat) : chatJson(state, chat) }),
        date: seconds(now()),
        old_reaction: before.map(asReaction),
        new_reaction: emoji.map(asReaction),
      };
      emit.update(chat, { kind: 'message_reaction', payload });
    },
    press(chat, message, by, data) {
      const id = String(randomInt(2 ** 47)).padStart(18, '4');
      const bot = state.bots.get(chat.botId);
      bot?.queries.push({ id, at: now(), chatId: chat.id, personId: by.id, data, answer: null });
      if (bot && bot.queries.length > KEPT_QUERIES) bot.queries.shift();
      const payload = {
        id,
        from: personJson(by),
        message: messageJson(state, chat, message),
        chat_instance: String(-7_000_000_000_000 - Math.abs(idNumber(chat.id) % 1e9)),
        ...(data !== null && { data }),
      };
      emit.update(chat, { kind: 'callback_query', payload, personId: by.id });
      return id;
    },
    block: (chat) => emit.status(chat, openPerson(state, chat.id), 'kicked'),
    unblock: (chat) => emit.status(chat, openPerson(state, chat.id), 'member'),
  };
}

function asReaction(emoji: string): Json {
  return { type: 'emoji', emoji };
}
