import { z } from 'zod';
import { ChatId, Count, lenient, maybeChatId, maybeText, Seconds, size } from './fields.ts';

/** What Telegram answers to our calls. */

/** Every answer of a call that went well. */
export const Done = z.object({ ok: z.literal(true), result: z.unknown() });
/** Of a send: the message as it stands in the chat. */
export const SentMessage = z.object({
  message_id: Count,
  chat: lenient(z.object({ id: ChatId })),
});
/** `getMe`. */
export const Me = z.object({ id: ChatId, username: maybeText });
/** `getChat`. */
export const ChatInfo = z.object({
  username: maybeText,
  title: maybeText,
  first_name: maybeText,
  last_name: maybeText,
});
/** `getWebhookInfo`. */
export const WebhookInfo = z.object({
  url: z.string(),
  pending_update_count: size,
  last_error_date: Seconds,
  last_error_message: maybeText,
});
/** `getFile`. */
export const FileInfo = z.object({ file_path: z.string().max(1024), file_size: size });

/** A number of HTTP's for errors; any other says less than the answer's own status. */
const ErrorCode = z.union([z.int(), z.string().transform(Number)]).pipe(z.int().min(400).max(599));

/** The body of an error; `parameters` tell what to do about two of them. */
export const ErrorAnswer = z.object({
  ok: z.literal(false),
  error_code: lenient(ErrorCode),
  description: lenient(z.string()),
  parameters: lenient(
    z.object({ retry_after: lenient(z.number()), migrate_to_chat_id: maybeChatId }),
  ),
});
export type PlatformError = z.output<typeof ErrorAnswer>;
