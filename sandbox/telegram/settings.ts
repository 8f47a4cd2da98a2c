/** What the platform does not promise, or what a test wants faster; changed through control. */
export type TelegramSettings = {
  /** Multiplies every gap between repetitions: 0.001 makes milliseconds out of seconds. */
  retry_scale: number;
  /** Milliseconds a webhook has to answer. */
  timeout_ms: number;
  /** Milliseconds after a message's date when its update is dropped. */
  expire_after_ms: number;
  /** The same for a pressed button; as long as that it can be answered. */
  callback_expire_after_ms: number;
  /** Milliseconds of answers 410 after which the webhook is removed. */
  gone_after_ms: number;
  /** Milliseconds between two calls of `setWebhook`. */
  set_webhook_gap_ms: number;
  /** Milliseconds a `file_path` works. */
  file_path_ms: number;
  /** Sends per second to one chat, per minute to one group, per second of one bot; null: no limit. */
  chat_per_second: number | null;
  group_per_minute: number | null;
  bot_per_second: number | null;
  /** What the length of a text counts. */
  length_unit: 'utf16' | 'code_points';
  /** The status for a token that has not even the form of one. */
  malformed_token_status: 401 | 404;
  /** Whether reactions in private chats are told at all. */
  private_reactions: boolean;
};

const HOUR = 3_600_000;

export function defaultSettings(): TelegramSettings {
  return {
    retry_scale: 1,
    timeout_ms: 60_000,
    expire_after_ms: 24 * HOUR,
    callback_expire_after_ms: 150_000,
    gone_after_ms: 23 * HOUR,
    set_webhook_gap_ms: 1000,
    file_path_ms: HOUR,
    chat_per_second: null,
    group_per_minute: null,
    bot_per_second: null,
    length_unit: 'utf16',
    malformed_token_status: 401,
    private_reactions: true,
  };
}
