import { setTimeout as pause } from 'node:timers/promises';
import type { ChannelRegistry } from '../channels/channel.ts';
import type { AccountStore } from '../database/account-store.ts';
import type { AutoReplyStore } from '../database/auto-reply-store.ts';
import type { ProfileStore } from '../database/profile-store.ts';

export type FindNamesDeps = {
  autoReplies: Pick<AutoReplyStore, 'findUnnamed' | 'fillIn'>;
  profiles: Pick<ProfileStore, 'save'>;
  accounts: Pick<AccountStore, 'open'>;
  channels: ChannelRegistry;
};

/** A name is worth this long, and no more of the time in which the message has to be sent. */
const LOOK_UP_MS = 2_000;

/** Asks the platform for the names that an automatic message wants, and writes it anew with them. */
export async function findNames(
  { autoReplies, profiles, accounts, channels }: FindNamesDeps,
  messageId: string,
): Promise<void> {
  const reply = await autoReplies.findUnnamed(messageId);
  if (!reply) return;
  const account = reply.isFresh ? null : await accounts.open(reply.accountId);
  if (account) {
    // Whatever goes wrong is only a missing name: the platform's id stands in its place.
    const profile = await Promise.race([
      channels.get(reply.channel).fetchProfile(account, reply.customerId),
      pause(LOOK_UP_MS, undefined, { ref: false }),
    ]).catch(() => undefined);
    if (profile !== undefined) await profiles.save(account.id, reply.customerId, profile);
  }
  await autoReplies.fillIn(messageId);
}
