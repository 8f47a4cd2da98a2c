import { addMessage, openChat } from './chats.ts';
import type { Emit } from './emit.ts';
import { idNumber } from './json.ts';
import { botJson } from './message-json.ts';
import type { BotStatus, Chat, Person, TelegramState } from './state.ts';

/** What happens to a bot in a group. */
export type GroupActions = {
  /** Somebody adds the bot. */
  join(chat: Chat, by: Person): void;
  /** Somebody removes it; a bot that is kicked hears nothing more than that. */
  kick(chat: Chat, by: Person): void;
  /** Makes it an administrator, or an ordinary member again. */
  promote(chat: Chat, by: Person, status: 'administrator' | 'member'): void;
  /** The group becomes a supergroup with another id; returns the new chat. */
  migrate(chat: Chat, by: Person, id: string): Chat;
};

type Deps = { state: TelegramState; emit: Emit; now: () => number };

export function createGroupActions({ state, emit, now }: Deps): GroupActions {
  function service(chat: Chat, by: Person | null, content: Record<string, unknown>): void {
    const from = { from: 'customer', personId: by?.id ?? null } as const;
    emit.message(chat, addMessage(chat, { ...from, at: now(), content }));
  }
  const change = (chat: Chat, by: Person, status: BotStatus) => {
    if (!chat.members.includes(by.id)) chat.members.push(by.id);
    emit.status(chat, by, status);
  };
  return {
    join(chat, by) {
      change(chat, by, 'member');
      const bot = state.bots.get(chat.botId);
      const user = bot && botJson(bot);
      service(chat, by, {
        new_chat_participant: user,
        new_chat_member: user,
        new_chat_members: [user],
      });
    },
    kick: (chat, by) => change(chat, by, 'kicked'),
    promote: change,
    migrate(chat, by, id) {
      const { title, members, botStatus } = chat;
      const target = openChat(state, chat.botId, id, { type: 'supergroup', title });
      Object.assign(target, { members: [...members], botStatus });
      service(chat, by, { migrate_to_chat_id: idNumber(id) });
      // Only now: in a group that has moved on nothing can be said any more.
      chat.migratedTo = id;
      service(target, null, { migrate_from_chat_id: idNumber(chat.id) });
      return target;
    },
  };
}
