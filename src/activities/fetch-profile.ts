import type { ChannelRegistry } from '../channels/channel.ts';
import type { AccountStore } from '../database/account-store.ts';
import type { ProfileStore } from '../database/profile-store.ts';

export type FetchProfileDeps = {
  profiles: ProfileStore;
  accounts: Pick<AccountStore, 'open'>;
  channels: ChannelRegistry;
};

/**
 * Asks the platform for a customer's name. That it does not tell is remembered like a name; that it
 * could not be asked is not, so that the next event asks again.
 */
export function createFetchProfile({ profiles, accounts, channels }: FetchProfileDeps) {
  return async function fetchProfile(input: { conversationId: string }): Promise<void> {
    const customer = await profiles.findCustomer(input.conversationId);
    const account = customer && (await accounts.open(customer.accountId));
    if (!account) return;
    const channel = channels.get(customer.channel);
    // Caught here: the failure of an activity is kept in Temporal's history, with what it says.
    const profile = await channel.fetchProfile(account, customer.customerId).catch(() => undefined);
    if (profile === undefined) return;
    await profiles.save(account.id, customer.customerId, profile);
  };
}
