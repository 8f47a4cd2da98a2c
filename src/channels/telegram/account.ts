import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import type {
  AccountIdentity,
  AccountState,
  ChannelAccount,
  Credentials,
  NewAccount,
  Profile,
} from '../channel.ts';
import { ChannelError } from '../channel.ts';
import { readAnswer } from '../read-answer.ts';
import { parsePlace, wireId } from './address.ts';
import { ChatInfo, Me, WebhookInfo } from './answers.ts';
import { callMethod, resultOf, secretsOf, type TelegramCalls } from './api.ts';
import { nameOf } from './customer.ts';
import { channelErrorOf, failureOf, safeText } from './errors.ts';
import { UPDATE_KINDS } from './receive.ts';
import { webhookSecret } from './webhook.ts';

/** Nobody waits longer for these than an HTTP client of our own API would. */
const CALL_TIMEOUT_MS = 10_000;
/** Telegram takes one `setWebhook` a second; a wait as short as that is not worth an error. */
const PATIENCE_MS = 3000;

/** Whose token it is: `getMe`. Throws {@link ChannelError}. */
export async function validateCredentials(
  calls: TelegramCalls,
  account: NewAccount,
): Promise<AccountIdentity> {
  const me = read(Me, await ask(calls, account.credentials, 'getMe'));
  return { externalId: me.id, username: me.username ?? null };
}

/**
 * Has the bot's updates sent to `webhookUrl`, with a secret that proves where they come from, and
 * with reactions, which Telegram leaves out unless it is asked. Throws {@link ChannelError}.
 */
export async function connectAccount(
  calls: TelegramCalls,
  account: ChannelAccount,
  webhookUrl: string | null,
): Promise<void> {
  if (webhookUrl === null)
    throw new ChannelError(
      'refused',
      'public_url_missing',
      'Telegram has to be told where to send messages: set PUBLIC_URL to the address at which it reaches this router.',
    );
  await ask(calls, account.credentials, 'setWebhook', {
    url: webhookUrl,
    secret_token: webhookSecret(account),
    allowed_updates: UPDATE_KINDS,
  });
}

/** Ends the bot's webhooks; what is waiting stays with Telegram. Throws {@link ChannelError}. */
export async function disconnectAccount(
  calls: TelegramCalls,
  account: ChannelAccount,
): Promise<void> {
  await ask(calls, account.credentials, 'deleteWebhook', { drop_pending_updates: false });
}

/** Whether the token is good, and how the webhook fares. Throws {@link ChannelError}. */
export async function checkAccount(
  calls: TelegramCalls,
  account: ChannelAccount,
): Promise<AccountState> {
  const me = read(Me, await ask(calls, account.credentials, 'getMe'));
  const info = read(WebhookInfo, await ask(calls, account.credentials, 'getWebhookInfo'));
  // Somebody else may have taken the webhook away, or pointed it elsewhere: then nothing arrives.
  const ours = info.url.endsWith(`/${account.id}`);
  const hide = secretsOf(tokenOf(account.credentials));
  return {
    healthy: ours,
    facts: {
      ...(me.username ? { username: me.username } : {}),
      webhook: ours ? 'set' : info.url === '' ? 'not set' : 'set to another address',
      pending_updates: `${info.pending_update_count ?? 0}`,
      ...(info.last_error_message ? { last_error: safeText(info.last_error_message, hide) } : {}),
      ...(info.last_error_date
        ? { last_error_at: new Date(info.last_error_date).toISOString() }
        : {}),
    },
  };
}

/**
 * Names of a person or group: `getChat`. Null where Telegram does not know them, or not us. Throws
 * {@link ChannelError} if it could not be asked.
 */
export async function fetchProfile(
  calls: TelegramCalls,
  account: ChannelAccount,
  customerId: string,
): Promise<Profile | null> {
  const place = parsePlace(customerId);
  if (!place) return null;
  try {
    // The topic of somebody who writes to a channel has their own id.
    const parameters = { chat_id: wireId(place.directId ?? place.chatId) };
    const chat = read(ChatInfo, await ask(calls, account.credentials, 'getChat', parameters));
    return { username: chat.username ?? null, name: chat.title ?? nameOf(chat) };
  } catch (error) {
    if (error instanceof ChannelError && error.kind === 'refused') return null;
    throw error;
  }
}

/** The `result` of a call that went well. Throws {@link ChannelError} for anything else. */
export async function ask(
  calls: TelegramCalls,
  credentials: Credentials,
  method: string,
  parameters: Record<string, unknown> = {},
): Promise<unknown> {
  const token = tokenOf(credentials);
  const once = () => {
    const deadline = performance.now() + CALL_TIMEOUT_MS;
    const time = { deadline, answerTimeoutMs: CALL_TIMEOUT_MS };
    return callMethod(calls, token, method, parameters, time);
  };
  let result = await once();
  const failure = failureOf(result, []);
  if (failure.class === 'throttled' && (failure.retryAfterMs ?? Infinity) <= PATIENCE_MS) {
    await pause(failure.retryAfterMs);
    result = await once();
  }
  const done = resultOf(result);
  if (done) return done.result;
  throw channelErrorOf(failureOf(result, secretsOf(token)));
}

function tokenOf(credentials: Credentials): string {
  return credentials['bot_token'] ?? '';
}

/** The answer as the schema reads it. Throws {@link ChannelError} where it does not fit. */
export function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  return readAnswer('Telegram', schema, answer);
}
