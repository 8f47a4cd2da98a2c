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
        external_id: string;
      }>(
        `select c.account_id, c.channel, i.external_id
           from conversations c join external_identities i on i.conversation_id = c.id
          where c.id = $1 order by i.created_at desc limit 1`,
        [conversationId],
      );
      return row
        ? { accountId: row.account_id, channel: row.channel, customerId: row.external_id }
        : null;
    },
  };
}
