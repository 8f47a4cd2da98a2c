import type { Channel } from '../../../src/channels/channel.ts';
import { createPlatformHttp } from '../../../src/channels/platform-http.ts';
import { askFire, stopWatching, watch } from './account.ts';
import { isSealed, receive } from './receive.ts';
import { SmokeAccount } from './schema.ts';
import { planSend, send } from './send.ts';

/** The connector of Smoke, which is made up: what a channel needs, and nothing else. */
export function createSmoke(options: { apiUrl: string }): Channel {
  const calls = { http: createPlatformHttp(), apiUrl: options.apiUrl };
  return {
    name: 'smoke',
    reorderWindowMs: 0,
    pace: { account: { count: 10, perMs: 1000 }, recipient: null },
    givesEvidence: false,
    echoesApiSends: false,
    window: null,

    accountSchema: SmokeAccount,
    describeAccount: (account) => ({ fire_id: account.externalId }),
    async validateCredentials(account) {
      const externalId = await askFire(calls, account);
      return { externalId, username: externalId };
    },
    connectAccount: (account, webhookUrl) => watch(calls, account, webhookUrl),
    disconnectAccount: (account) => stopWatching(calls, account),
    async checkAccount(account) {
      return { healthy: true, facts: { fire: await askFire(calls, account) } };
    },

    parseRecipient: (hill) =>
      /^[a-z0-9-]{1,64}$/.test(hill) ? { externalId: hill, aliases: [] } : null,
    planSend,
    send: (account, request) => send(calls, account, request),
    fetchProfile: () => Promise.resolve(null),

    answerHandshake: () => null,
    verify: isSealed,
    receive,
  };
}
