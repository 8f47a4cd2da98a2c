import type { Outlook, OutlookStore } from '../../../src/database/outlook-store.ts';

/** A message of the account that went out as a picture. */
export const A_PHOTO = '0b54e86a-93cf-4a36-9f3b-0c8f0c9ac001';

/** Of `conv_mine`: the customer has just written, and nothing waits. */
export function anOutlook(): Outlook {
  return {
    accountId: 'acc_mine',
    channel: 'instagram',
    conversationId: 'conv_mine',
    customerWroteAt: new Date(),
    unreachableSince: null,
    account: { enabled: true, pauseReason: null, throttledUntil: null },
    queue: { waiting: 0, nextAttemptAt: null, waitReason: null },
  };
}

/** Tells the same outlook of everything in `acc_mine`; tests change its members. */
export function createFakeOutlooks(outlook: Outlook): OutlookStore {
  return {
    async ofConversation(id, scope) {
      const visible = scope === '*' || scope.includes(outlook.accountId);
      return id === outlook.conversationId && visible ? outlook : null;
    },
    ofCustomer: async (accountId) => (accountId === outlook.accountId ? outlook : null),
    channelOf: async (accountId) => (accountId === outlook.accountId ? outlook.channel : null),
    sentAs: async (accountId, messageId) =>
      accountId === outlook.accountId && messageId === A_PHOTO ? 'image' : null,
  };
}
