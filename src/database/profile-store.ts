import type { Profile } from '../channels/channel.ts';
import { wellFormed } from '../domain/well-formed.ts';
import type { Database } from './database.ts';

export type ProfileStore = {
  /** Keeps what the platform said of a customer; null: it said nothing, asked again in a day. */
  save(accountId: string, customerId: string, profile: Profile | null): Promise<void>;
  /** The account and platform id of a conversation's customer. */
  findCustomer(
    conversationId: string,
  ): Promise<{ accountId: string; channel: string; customerId: string } | null>;
};

export function createProfileStore(database: Database): ProfileStore {
  return {
    async save(accountId, customerId, profile) {
      await database.query(
        `update users set username = coalesce($3, username), name = coalesce($4, name),
                profile_fetched_at = now()
          where id = (select user_id from external_identities
                       where account_id = $1 and external_id = $2)`,
        [
          accountId,
          customerId,
          wellFormed(profile?.username ?? null),
          wellFormed(profile?.name ?? null),
        ],
      );
    },
    async findCustomer(conversationId) {
      const [row] = await database.query<{
        account_id: string;
        channel: string;
        recipient_id: string;
      }>('select account_id, channel, recipient_id from conversations where id = $1', [
        conversationId,
      ]);
      return row
        ? { accountId: row.account_id, channel: row.channel, customerId: row.recipient_id }
        : null;
    },
  };
}
