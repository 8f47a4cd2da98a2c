import type { ChannelEvent, Customer } from '../../channels/channel.ts';
import type { Transaction } from '../database.ts';
import { lockPlatformIds } from '../lane.ts';
import { addAliases } from './address-change.ts';
import {
  findIdentity,
  findLastPlace,
  findOrCreateIdentity,
  findOrCreatePerson,
  idsOf,
  lockIdentities,
  type Identity,
} from './conversation-identity.ts';
import type { InboundAccount } from './customer-event.ts';
import { readCallbackData } from './platform-status.ts';

/** Takes all locks of the batch in the agreed order, and finds or makes its conversations. */
export async function lockLanes(
  tx: Transaction,
  events: ChannelEvent[],
  accounts: Map<string, InboundAccount>,
): Promise<Map<ChannelEvent, Identity>> {
  const known = events.flatMap((event) => {
    const account = accounts.get(event.accountExternalId ?? '');
    return account ? [{ account, event }] : [];
  });
  // By account id, as every other batch does it.
  const sorted = known.toSorted((a, b) => (a.account.id < b.account.id ? -1 : 1));
  const byAccount = Map.groupBy(sorted, ({ account }) => account);
  for (const [account, entries] of byAccount)
    await lockPlatformIds(
      tx,
      account.id,
      entries.flatMap(({ event }) => lockedIds(event)),
    );
  const identities = new Map<ChannelEvent, Identity>();
  for (const { account, event } of known) {
    if (!('customer' in event) || !event.customer) continue;
    // Whose message it is may be told later, when their ids can no longer be locked.
    if (event.kind === 'reaction' && event.by === 'customer' && event.customer.group)
      await findOrCreatePerson(tx, account, event.customer);
    const identity = await identityOf(tx, account, event, event.customer);
    if (!identity) continue;
    identities.set(event, identity);
    // What the same batch brings from the new id must not begin a conversation of its own.
    if (event.kind === 'identity_changed')
      await addAliases(tx, account.id, identity.conversationId, idsOf(event.now));
  }
  await tx.query('select id from accounts where id = any($1) order by id for share', [
    [...byAccount.keys()].map((account) => account.id),
  ]);
  const conversations: string[] = [];
  for (const [account, entries] of byAccount)
    conversations.push(
      ...(await conversationsOf(
        tx,
        account.id,
        entries.map(({ event }) => event),
      )),
    );
  await lockIdentities(tx, [...identities.values()], conversations);
  return identities;
}

/**
 * Only what is written begins a conversation. That a person cannot be reached is said of no
 * conversation: of several, it is noted where they wrote last.
 */
async function identityOf(
  tx: Transaction,
  account: InboundAccount,
  event: ChannelEvent,
  customer: Customer,
): Promise<Identity | undefined> {
  if (event.kind === 'message' || event.kind === 'echo' || event.kind === 'untold')
    return findOrCreateIdentity(tx, account, customer);
  const known = await findIdentity(tx, account.id, customer);
  if (known || event.kind !== 'reachability') return known;
  const conversationId = await findLastPlace(tx, account.id, { aliases: [], ...customer });
  return conversationId === undefined
    ? undefined
    : { conversationId, userId: null, supersedes: [] };
}

/** Conversations of messages that the batch names by the platform's ids, or by what we sent along. */
async function conversationsOf(tx: Transaction, accountId: string, events: ChannelEvent[]) {
  const rows = await tx.query<{ conversation_id: string }>(
    `select m.conversation_id from message_parts p join messages m on m.id = p.message_id
      where p.account_id = $1 and p.platform_message_id = any($2)
      union
     select conversation_id from messages where account_id = $1 and platform_message_id = any($2)
      union
     select conversation_id from messages where account_id = $1 and id = any($3::uuid[])`,
    [accountId, events.flatMap(platformIds), events.flatMap(ownIds)],
  );
  return rows.map((row) => row.conversation_id);
}

function ownIds(event: ChannelEvent): string[] {
  const callback = event.kind === 'status' && readCallbackData(event.callbackData);
  return callback ? [callback.messageId] : [];
}

/** The platform's own id of the message that an event speaks of. */
export function platformIds(event: ChannelEvent): string[] {
  return 'platformMessageId' in event ? [event.platformMessageId] : [];
}

/** A customer's ids are locked beside the message's: the first message of a stranger makes rows. */
function lockedIds(event: ChannelEvent): string[] {
  const customer = 'customer' in event && event.customer ? idsOf(event.customer) : [];
  const next = event.kind === 'identity_changed' ? idsOf(event.now) : [];
  return [...platformIds(event), ...customer, ...next];
}
