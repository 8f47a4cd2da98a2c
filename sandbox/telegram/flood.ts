import { refusals } from './errors.ts';
import type { TelegramSettings } from './settings.ts';
import type { Chat } from './state.ts';

export type Flood = {
  /** Counts one send. Throws {@link TelegramError} 429 where a limit of the settings is reached. */
  count(chat: Chat): void;
  clear(): void;
};

/** The platform's limits for sending, off until the settings name numbers. */
export function createFlood({ settings }: { settings: TelegramSettings }): Flood {
  const sends = new Map<string, number[]>();

  function waitFor(key: string, limit: number | null, spanMs: number): number {
    if (limit === null) return 0;
    const from = Date.now() - spanMs;
    const recent = (sends.get(key) ?? []).filter((at) => at > from);
    sends.set(key, recent);
    const first = recent[recent.length - limit];
    return first === undefined ? 0 : Math.max(1, Math.ceil((first - from) / 1000));
  }

  return {
    count(chat) {
      const { chat_per_second, group_per_minute, bot_per_second } = settings;
      const keys = [`chat/${chat.botId}/${chat.id}`, `bot/${chat.botId}`];
      const [chatKey = '', botKey = ''] = keys;
      const group = chat.type === 'private' ? null : group_per_minute;
      const wait = Math.max(
        waitFor(botKey, bot_per_second, 1000),
        group === null ? waitFor(chatKey, chat_per_second, 1000) : waitFor(chatKey, group, 60_000),
      );
      if (wait > 0) throw refusals.tooManyRequests(wait);
      if (chat_per_second ?? group_per_minute ?? bot_per_second)
        for (const key of keys) sends.set(key, [...(sends.get(key) ?? []), Date.now()]);
    },
    clear: () => sends.clear(),
  };
}
