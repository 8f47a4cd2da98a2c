import { randomUUID } from 'node:crypto';
import type { Address } from '../../channels/channel.ts';
import type { Transaction } from '../database.ts';
import { findRows } from './identity-rows.ts';

/** A conversation's customer, or the group itself, by the ids it had and those it has now. */
export type AddressChange = { conversationId: string; oldIds: string[]; now: Address };

/**
 * A platform calls a conversation's customer by other ids from now on. It is written to at the new
 * one if it was at an old one: a number stays what is written to when only a user id changed. A
 * conversation that the new id has already is not merged with it: the old one says which took its
 * place, and its ids stand for the other from then on. The ids and the conversation must be locked.
 */
export async function changeAddress(
  tx: Transaction,
  accountId: string,
  { conversationId, oldIds, now }: AddressChange,
): Promise<void> {
  await addAliases(tx, accountId, conversationId, [now.externalId, ...now.aliases]);
  const [row] = await findRows(tx, accountId, [now.externalId]);
  const successor = row?.conversation_id ?? conversationId;
  await tx.query(
    `update conversations
        set recipient_id = case when recipient_id = any($4) then $2 else recipient_id end,
            superseded_by = coalesce(nullif($3, id), superseded_by)
      where id = $1`,
    [conversationId, now.externalId, successor, oldIds],
  );
  if (successor !== conversationId)
    await tx.query(
      `update external_identities set conversation_id = $3
        where account_id = $1 and external_id = any($2) and conversation_id = $4`,
      [accountId, [...oldIds, ...now.aliases], successor, conversationId],
    );
}

/** Other ids of a conversation's customer; see {@link addAlias}. */
export async function addAliases(
  tx: Transaction,
  accountId: string,
  conversationId: string,
  externalIds: string[],
): Promise<void> {
  for (const externalId of externalIds) await addAlias(tx, accountId, conversationId, externalId);
}

/** Another id of a conversation's customer. One that stands for another conversation is left to it. */
export async function addAlias(
  tx: Transaction,
  accountId: string,
  conversationId: string,
  externalId: string,
): Promise<void> {
  await tx.query(
    `insert into external_identities as known (id, account_id, external_id, user_id, conversation_id)
     select $1, $2, $3, (select user_id from external_identities
                          where conversation_id = $4 and user_id is not null limit 1), $4
     on conflict (account_id, external_id) do update
       set conversation_id = excluded.conversation_id where known.conversation_id is null`,
    [randomUUID(), accountId, externalId, conversationId],
  );
}
