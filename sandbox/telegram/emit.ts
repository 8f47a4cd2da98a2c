import { type Json, seconds } from './json.ts';
import { memberJson } from './member-json.ts';
import { chatJson, messageJson, personJson } from './message-json.ts';
import { isVisible } from './privacy.ts';
import type { TelegramSettings } from './settings.ts';
import type { BotStatus, Chat, ChatMessage, Person, TelegramState } from './state.ts';
import type { UpdateQueue } from './update-queue.ts';
import { laneOf } from './update-kinds.ts';

export type EmitDeps = {
  state: TelegramState;
  settings: TelegramSettings;
  now: () => number;
  queue: Pick<UpdateQueue, 'add'>;
};

export type Emit = {
  /** Any update of a chat. `at`: what it expires after; the person decides a button's lane. */
  update(chat: Chat, given: { kind: string; payload: Json; at?: number; personId?: string }): void;
  /** `message` or `edited_message`, if the bot may see it. */
  message(chat: Chat, message: ChatMessage): void;
  /** `my_chat_member`, and the chat has the new status from here on. */
  status(chat: Chat, by: Person, status: BotStatus): void;
};

/** Puts what happens in a chat into the queue of its bot. */
export function createEmit({ state, settings, now, queue }: EmitDeps): Emit {
  const botOf = (chat: Chat) => state.bots.get(chat.botId);

  function update(
    chat: Chat,
    { kind, payload, at = now(), personId }: Parameters<Emit['update']>[1],
  ): void {
    const bot = botOf(chat);
    if (!bot) return;
    const life =
      kind === 'callback_query' ? settings.callback_expire_after_ms : settings.expire_after_ms;
    const lane = laneOf(kind, chat, personId ?? null);
    queue.add(bot, { kind, lane, chatId: chat.id, payload, expiresAt: at + life });
  }

  return {
    update,
    message(chat, message) {
      const bot = botOf(chat);
      if (!bot || !isVisible(bot, chat, message)) return;
      const kind = message.editedAt === null ? 'message' : 'edited_message';
      const payload = messageJson(state, chat, message);
      update(chat, { kind, payload, at: message.editedAt ?? message.at });
    },
    status(chat, by, status) {
      const bot = botOf(chat);
      if (!bot) return;
      const payload = {
        chat: chatJson(state, chat),
        from: personJson(by),
        date: seconds(now()),
        old_chat_member: memberJson(bot, chat.botStatus, chat.type),
        new_chat_member: memberJson(bot, status, chat.type),
      };
      chat.botStatus = status;
      update(chat, { kind: 'my_chat_member', payload });
    },
  };
}
