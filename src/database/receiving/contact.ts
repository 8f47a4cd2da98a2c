import type { Transaction } from '../database.ts';
import type { Identity } from './conversation-identity.ts';
import { timeOf, type Of } from './customer-event.ts';

/** The customer wrote: they can be answered, at the id they wrote from. */
export async function noteContact(
  tx: Transaction,
  identity: Identity,
  event: Of<'message'>,
): Promise<void> {
  const { externalId, group } = event.customer;
  await tx.query(
    `update conversations
        set unreachable_since = null, recipient_id = $2,
            title = coalesce($3, title), type = case when $5 then 'GROUP' else type end,
            customer_wrote_at =
              case when $6 then customer_wrote_at
                   else greatest(customer_wrote_at, least(now(), coalesce($4, now()))) end
      where id = $1`,
    [
      identity.conversationId,
      group?.externalId ?? externalId,
      group?.title ?? null,
      timeOf(event),
      // The CRM may have written first, to an id of which nobody could tell that it is a group's.
      group !== undefined,
      // They came by an ad or a link and have not written: that opens no window for answers.
      event.content.type === 'referral',
    ],
  );
}

/** Whether the customer can be written to, by what the platform says. */
export async function noteReachability(
  tx: Transaction,
  identity: Identity | undefined,
  reachable: boolean,
): Promise<void> {
  if (!identity) return;
  await tx.query(
    `update conversations
        set unreachable_since = case when $2 then null else coalesce(unreachable_since, now()) end
      where id = $1`,
    [identity.conversationId, reachable],
  );
}

/** Some platforms send names along; the profile look-up fills in the others. */
export async function rememberNames(
  tx: Transaction,
  userId: string,
  event: Of<'message'> | Of<'reaction'>,
): Promise<void> {
  const { externalId, username, name } = event.customer;
  if (!username && !name) return;
  await tx.query(
    `update users set username = coalesce($2, username), name = coalesce($3, name), platform_id = $4
      where id = $1`,
    [userId, username ?? null, name ?? null, externalId],
  );
}
