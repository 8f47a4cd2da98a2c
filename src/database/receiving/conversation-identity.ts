import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database.ts';
import { newId } from '../ids.ts';
import { lockPlatformIds } from '../lane.ts';

export type Identity = { conversationId: string; userId: string | null };

/** The conversation that a customer's platform id stands for, if there is one. */
export async function findIdentity(
  tx: Transaction,
  accountId: string,
  externalId: string,
): Promise<Identity | undefined> {
  const [row] = await tx.query<{ conversation_id: string; user_id: string | null }>(
    'select conversation_id, user_id from external_identities where account_id = $1 and external_id = $2',
    [accountId, externalId],
  );
  return row && { conversationId: row.conversation_id, userId: row.user_id };
}

/**
 * The same, made on first contact. Takes the platform id's lock only when it has to make one, so it
 * must run before any account or conversation row is locked.
 */
export async function findOrCreateIdentity(
  tx: Transaction,
  account: { id: string; channel: string },
  externalId: string,
): Promise<Identity> {
  const known = await findIdentity(tx, account.id, externalId);
  if (known) return known;
  await lockPlatformIds(tx, account.id, [externalId]);
  return (
    (await findIdentity(tx, account.id, externalId)) ??
    (await createIdentity(tx, account, externalId))
  );
}

async function createIdentity(
  tx: Transaction,
  account: { id: string; channel: string },
  externalId: string,
): Promise<Identity> {
  const userId = randomUUID();
  const conversationId = newId('conv');
  await tx.query(`insert into users (id, role) values ($1, 'CUSTOMER')`, [userId]);
  await tx.query(
    'insert into conversations (id, account_id, channel, recipient_id) values ($1, $2, $3, $4)',
    [conversationId, account.id, account.channel, externalId],
  );
  await tx.query(
    `insert into external_identities (id, account_id, external_id, user_id, conversation_id)
     values ($1, $2, $3, $4, $5)`,
    [randomUUID(), account.id, externalId, userId, conversationId],
  );
  await tx.query(
    'insert into conversation_participants (conversation_id, user_id) values ($1, $2)',
    [conversationId, userId],
  );
  return { conversationId, userId };
}
