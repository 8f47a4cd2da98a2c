import type { Channel } from '../channel.ts';
import { answerMetaHandshake, isSignedByMeta } from '../meta-signature.ts';
import { createPlatformHttp } from '../platform-http.ts';
import { splitText, utf8Bytes } from '../text-parts.ts';
import { connectAccount, disconnectAccount, fetchProfile, validateCredentials } from './account.ts';
import { receive } from './receive.ts';
import { InstagramAccount } from './schema.ts';
import { sendText } from './send.ts';

export type InstagramOptions = {
  /** Host and version: `https://graph.instagram.com/v25.0`. */
  apiUrl: string;
  /** Webhooks signed with any of them are taken; which one Meta uses differs between apps. */
  appSecrets: string[];
  /** The token of the subscription check; without one every check is refused. */
  verifyToken: string | undefined;
  /** Milliseconds of one unit of `estimated_time_to_regain_access`; default a minute. */
  regainAccessUnitMs?: number;
};

/** Instagram takes this many bytes of UTF-8 in one message. */
const TEXT_LIMIT_BYTES = 1000;

/** The Instagram connector: Instagram API with Instagram login. See README.md beside this file. */
export function createInstagram(options: InstagramOptions): Channel {
  const calls = {
    http: createPlatformHttp(),
    apiUrl: options.apiUrl,
    regainAccessUnitMs: options.regainAccessUnitMs ?? 60_000,
  };
  return {
    name: 'instagram',
    reorderWindowMs: 250,
    // Meta names 100 messages a second for an account, and no figure for one thread.
    pace: { account: { count: 100, perMs: 1000 }, recipient: null },
    // Every message that goes out comes back as an echo.
    givesEvidence: true,
    accountSchema: InstagramAccount,
    describeAccount: (account) => ({ instagram_account_id: account.externalId }),
    validateCredentials: (credentials) => validateCredentials(calls, credentials),
    connectAccount: (account) => connectAccount(calls, account),
    disconnectAccount: (account) => disconnectAccount(calls, account),
    splitText: (text) => splitText(text, TEXT_LIMIT_BYTES, utf8Bytes),
    send: (account, request) => sendText(calls, account, request),
    fetchProfile: (account, customerId) => fetchProfile(calls, account, customerId),
    answerHandshake: (query) => answerMetaHandshake(query, options.verifyToken),
    verify: (request) => isSignedByMeta(request, options.appSecrets),
    receive,
  };
}
