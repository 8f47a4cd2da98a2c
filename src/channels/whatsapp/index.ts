import type { Channel } from '../channel.ts';
import { answerMetaHandshake, isSignedByMeta } from '../meta-signature.ts';
import { createPlatformHttp } from '../platform-http.ts';
import {
  checkAccount,
  connectAccount,
  disconnectAccount,
  markRead,
  validateCredentials,
} from './account.ts';
import { parseRecipient } from './addresses.ts';
import { fetchMedia } from './media.ts';
import { planSend } from './plan.ts';
import { receive } from './receive.ts';
import { WhatsAppAccount } from './schema.ts';
import { sendPart } from './send.ts';
import { listTemplates } from './templates.ts';

export type WhatsAppOptions = {
  /** Host and version: `https://graph.facebook.com/v25.0`. */
  apiUrl: string;
  /** Webhooks signed with any of them are taken; Meta uses the secret of the Meta app. */
  appSecrets: string[];
  /** The token of the subscription check; without one every check is refused. */
  verifyToken: string | undefined;
  /** Longest caption in UTF-16 units; default 1024, which Meta does not publish. */
  captionUnits?: number;
  /** Milliseconds of one unit of `estimated_time_to_regain_access`; default a minute. */
  regainAccessUnitMs?: number;
};

/** WhatsApp takes this many characters in one text. */
const TEXT_UNITS = 4096;

/** The WhatsApp connector: WhatsApp Business Cloud API. See README.md beside this file. */
export function createWhatsApp(options: WhatsAppOptions): Channel {
  const calls = {
    http: createPlatformHttp(),
    apiUrl: options.apiUrl,
    regainAccessUnitMs: options.regainAccessUnitMs ?? 60_000,
  };
  const limits = { textUnits: TEXT_UNITS, captionUnits: options.captionUnits ?? 1024 };
  return {
    name: 'whatsapp',
    reorderWindowMs: 250,
    // 80 messages a second for a number. What one recipient may get has no published figure:
    // WhatsApp answers 131056, which holds back that recipient alone.
    pace: { account: { count: 80, perMs: 1000 }, recipient: null },
    // Statuses carry our callback data.
    givesEvidence: true,
    echoesApiSends: false,
    window: { freeMs: 86_400_000, afterwards: 'template' },
    accountSchema: WhatsAppAccount,
    describeAccount: ({ externalId, details }) => ({
      phone_number_id: externalId,
      waba_id: details['waba_id'] ?? '',
    }),
    validateCredentials: (account) => validateCredentials(calls, account),
    connectAccount: (account) => connectAccount(calls, account),
    disconnectAccount: (account) => disconnectAccount(calls, account),
    checkAccount: (account) => checkAccount(calls, account),
    parseRecipient,
    planSend: (content) => planSend(content, limits),
    send: (account, request) => sendPart(calls, account, request),
    markRead: (account, message) => markRead(calls, account, message),
    listTemplates: (account) => listTemplates(calls, account),
    fetchMedia: (account, mediaId) => fetchMedia(calls, account, mediaId),
    // WhatsApp has no such call: names come with what the customer writes.
    fetchProfile: () => Promise.resolve(null),
    answerHandshake: (query) => answerMetaHandshake(query, options.verifyToken),
    verify: (request) => isSignedByMeta(request, options.appSecrets),
    receive,
  };
}
