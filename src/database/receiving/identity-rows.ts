import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database.ts';
import { newId } from '../ids.ts';

/** A platform's id of somebody; without a conversation: they are only known from a group. */
export type IdentityRow = {
  external_id: string;
  conversation_id: string | null;
  user_id: string | null;
};

/** What is known of these ids, in their order. */
export async function findRows(
  tx: Transaction,
  accountId: string,
  ids: string[],
): Promise<IdentityRow[]> {
  return tx.query<IdentityRow>(
    `select external_id, conversation_id, user_id from external_identities
      where account_id = $1 and external_id = any($2)
      order by array_position($2::text[], external_id)`,
    [accountId, ids],
  );
}

/** A person of whom nothing is known yet but the platform's id of them. */
export async function createUser(tx: Transaction, platformId: string): Promise<string> {
  const userId = randomUUID();
  await tx.query(`insert into users (id, role, platform_id) values ($1, 'CUSTOMER', $2)`, [
    userId,
    platformId,
  ]);
  return userId;
}

/** One with the customer, if there is one, as its participant. */
export async function createConversation(
  tx: Transaction,
  account: { id: string; channel: string },
  made: { type: 'DIRECT' | 'GROUP'; recipientId: string; userId: string | null },
): Promise<string> {
  const id = newId('conv');
  await tx.query(
    `insert into conversations (id, account_id, channel, type, recipient_id)
     values ($1, $2, $3, $4, $5)`,
    [id, account.id, account.channel, made.type, made.recipientId],
  );
  if (made.userId !== null) await addParticipant(tx, id, made.userId);
  return id;
}

/** Does nothing for who is one already. */
export async function addParticipant(
  tx: Transaction,
  conversationId: string,
  userId: string,
): Promise<void> {
  await tx.query(
    `insert into conversation_participants (conversation_id, user_id) values ($1, $2)
     on conflict (conversation_id, user_id) do nothing`,
    [conversationId, userId],
  );
}

/** Made, or moved to the conversation from which the customer is answered now. */
export async function giveIdentity(
  tx: Transaction,
  accountId: string,
  externalId: string,
  { conversationId, userId }: { conversationId: string | null; userId: string | null },
): Promise<void> {
  await tx.query(
    `insert into external_identities (id, account_id, external_id, user_id, conversation_id)
     values ($1, $2, $3, $4, $5)
     on conflict (account_id, external_id) do update
       set user_id = excluded.user_id, conversation_id = excluded.conversation_id`,
    [randomUUID(), accountId, externalId, userId, conversationId],
  );
}
