import type { Channel } from '../channel.ts';
import { createPlatformHttp } from '../platform-http.ts';
import {
  checkAccount,
  connectAccount,
  disconnectAccount,
  fetchProfile,
  validateCredentials,
} from './account.ts';
import { parseRecipient } from './address.ts';
import { fetchMedia } from './media.ts';
import { planSend } from './plan.ts';
import { receive } from './receive.ts';
import { TelegramAccount } from './schema.ts';
import { send } from './send.ts';
import { answerWebhook, isFromTelegram } from './webhook.ts';

export type TelegramOptions = {
  /** The Bot API's host: `https://api.telegram.org`, or a server of one's own. */
  apiUrl: string;
};

/** The Telegram connector: the Bot API. See README.md beside this file. */
export function createTelegram(options: TelegramOptions): Channel {
  const calls = { http: createPlatformHttp(), apiUrl: options.apiUrl };
  return {
    name: 'telegram',
    // Telegram sends the messages of a chat one after another.
    reorderWindowMs: 0,
    // About 30 messages a second for a bot, one a second for a chat, where short bursts pass.
    pace: { account: { count: 30, perMs: 1000 }, recipient: { count: 3, perMs: 3000 } },
    // What a bot sends is never told to it again.
    givesEvidence: false,
    echoesApiSends: false,
    window: null,
    accountSchema: TelegramAccount,
    describeAccount: (account) => ({ bot_id: account.externalId }),
    validateCredentials: (account) => validateCredentials(calls, account),
    connectAccount: (account, webhookUrl) => connectAccount(calls, account, webhookUrl),
    disconnectAccount: (account) => disconnectAccount(calls, account),
    checkAccount: (account) => checkAccount(calls, account),
    parseRecipient,
    planSend,
    send: (account, request) => send(calls, account, request),
    fetchMedia: (account, mediaId) => fetchMedia(calls, account, mediaId),
    fetchProfile: (account, customerId) => fetchProfile(calls, account, customerId),
    // Telegram checks no subscription: the secret goes along with `setWebhook`.
    answerHandshake: () => null,
    verify: isFromTelegram,
    receive,
    answerWebhook,
  };
}
