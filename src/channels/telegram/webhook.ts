import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ChannelAccount, WebhookRequest } from '../channel.ts';
import { isObject, parseJson } from './fields.ts';
import { CallbackQuery } from './schema.ts';

/**
 * What Telegram sends along with every webhook of the account. It follows from the token, so that
 * there is nothing to store, and changes with it.
 */
export function webhookSecret(account: Pick<ChannelAccount, 'id' | 'credentials'>): string {
  const token = account.credentials['bot_token'] ?? '';
  return createHmac('sha256', token).update(`chat4all webhook ${account.id}`).digest('hex');
}

/**
 * Whether `X-Telegram-Bot-Api-Secret-Token` is the account's. Telegram signs nothing: whoever has
 * the secret may say anything, which is why the address has to be `https`. Constant time.
 */
export function isFromTelegram({ headers, account }: WebhookRequest): boolean {
  const given = headers['x-telegram-bot-api-secret-token'];
  if (!account?.credentials['bot_token'] || typeof given !== 'string') return false;
  return timingSafeEqual(digest(given), digest(webhookSecret(account)));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * A pressed button shows a clock until it is answered; Telegram does what the answer of the webhook
 * asks for, which saves a call. Null for every other update.
 */
export function answerWebhook({ body }: WebhookRequest): Record<string, unknown> | null {
  const update = parseJson(body);
  const press = isObject(update) ? update['callback_query'] : undefined;
  const id = CallbackQuery.safeParse(press).data?.id;
  return id === undefined ? null : { method: 'answerCallbackQuery', callback_query_id: id };
}
