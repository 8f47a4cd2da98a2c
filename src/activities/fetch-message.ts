import { ApplicationFailure } from '@temporalio/common';
import { ChannelError, type ChannelRegistry } from '../channels/channel.ts';
import { afterFailedFetch } from '../domain/message-fetch.ts';
import type { AccountStore } from '../database/account-store.ts';
import type { MessageFetchStore } from '../database/message-fetch-store.ts';

export type FetchMessageDeps = {
  fetches: MessageFetchStore;
  accounts: Pick<AccountStore, 'open'>;
  channels: ChannelRegistry;
  kick(): void;
};

/**
 * Asks the platform for a message by its id and stores it as if its webhook had told it. Throws a
 * retryable failure, which holds a class only, while it makes sense to ask again.
 */
export function createFetchMessage({ fetches, accounts, channels, kick }: FetchMessageDeps) {
  return async function fetchMessage({ fetchId }: { fetchId: string }): Promise<void> {
    const fetch = await fetches.find(fetchId);
    if (!fetch) return;
    const account = await accounts.open(fetch.accountId);
    const channel = channels.get(fetch.channel);
    if (!account || !channel.fetchMessage) return fetches.abandon(fetchId);
    try {
      await fetches.store(fetchId, await channel.fetchMessage(account, fetch.platformMessageId));
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      const attempts = await fetches.countAttempt(fetchId);
      if (afterFailedFetch({ kind: error.kind, attempts }) === 'ask_again')
        throw ApplicationFailure.retryable(error.kind, error.kind);
      await fetches.giveUp(fetchId, { code: error.code, reason: error.message });
    }
    kick();
  };
}
