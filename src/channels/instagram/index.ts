import type { Channel } from '../channel.ts';
import { answerMetaHandshake, isSignedByMeta } from '../meta-signature.ts';
import { createPlatformHttp } from '../platform-http.ts';
import {
  checkAccount,
  connectAccount,
  disconnectAccount,
  fetchProfile,
  markRead,
  refreshCredentials,
  validateCredentials,
} from './account.ts';
import { fetchMessage } from './fetch-message.ts';
import { planSend } from './plan.ts';
import { receive } from './receive.ts';
import { InstagramAccount } from './schema.ts';
import { send } from './send.ts';
import { windowOf } from './window.ts';

export type InstagramOptions = {
  /** Host and version: `https://graph.instagram.com/v25.0`. */
  apiUrl: string;
  /** Webhooks signed with any of them are taken; which one Meta uses differs between apps. */
  appSecrets: string[];
  /** The token of the subscription check; without one every check is refused. */
  verifyToken: string | undefined;
  /** Milliseconds of one unit of `estimated_time_to_regain_access`; default a minute. */
  regainAccessUnitMs?: number;
  /** Whether Meta gave the app the feature "Human Agent"; default false. */
  humanAgent?: boolean;
};

/** The Instagram connector: Instagram API with Instagram login. See README.md beside this file. */
export function createInstagram(options: InstagramOptions): Channel {
  const calls = {
    http: createPlatformHttp(),
    apiUrl: options.apiUrl,
    regainAccessUnitMs: options.regainAccessUnitMs ?? 60_000,
    humanAgent: options.humanAgent ?? false,
  };
  return {
    name: 'instagram',
    reorderWindowMs: 250,
    // Meta names 100 messages a second for an account, and no figure for one thread.
    pace: { account: { count: 100, perMs: 1000 }, recipient: null },
    // Every message that goes out comes back as an echo.
    givesEvidence: true,
    echoesApiSends: true,
    window: windowOf(calls.humanAgent),
    accountSchema: InstagramAccount,
    describeAccount: (account) => ({ instagram_account_id: account.externalId }),
    validateCredentials: (account) => validateCredentials(calls, account),
    connectAccount: (account) => connectAccount(calls, account),
    disconnectAccount: (account) => disconnectAccount(calls, account),
    checkAccount: (account) => checkAccount(calls, account),
    refreshCredentials: (account) => refreshCredentials(calls, account),
    // Ids of persons are numbers; of what else Meta may make of them nothing is known, but that
    // webhooks with such ids are read.
    parseRecipient: (recipient) =>
      /^[\x21-\x7e]{1,128}$/.test(recipient) ? { externalId: recipient, aliases: [] } : null,
    planSend,
    send: (account, request) => send(calls, account, request),
    markRead: (account, message) => markRead(calls, account, message),
    fetchMessage: (account, messageId) => fetchMessage(calls, account, messageId),
    fetchProfile: (account, customerId) => fetchProfile(calls, account, customerId),
    answerHandshake: (query) => answerMetaHandshake(query, options.verifyToken),
    verify: (request) => isSignedByMeta(request, options.appSecrets),
    receive,
  };
}
