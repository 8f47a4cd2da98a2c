import { findOrCreateIdentity, idsOf, lockIdentities } from './receiving/conversation-identity.ts';
import type { Database, Transaction } from './database.ts';
import { applyParked } from './receiving/evidence.ts';
import { lockPlatformIds } from './lane.ts';
import { closeParked, type ParkedEvent } from './receiving/parked.ts';
import { findTarget } from './receiving/message-target.ts';
import { settleEcho } from './receiving/owner-message.ts';

/** How long an echo waits for the send that it may belong to. */
const UNCLAIMED = '60 seconds';
/** Platforms repeat and delay, but not for ever. */
const GIVEN_UP = '7 days';

export type ParkedStore = {
  /**
   * Applies what is parked and can be applied by now; how many events were looked at. Goes on behind
   * those of the last sweep, for what cannot be applied yet must not stand before the others.
   */
  sweep(limit: number): Promise<number>;
};

type ParkedEventRow = {
  id: string;
  account_id: string;
  channel: string;
  platform_message_id: string;
  old: boolean;
  expired: boolean;
  parked: ParkedEvent;
};

export function createParkedStore(database: Database): ParkedStore {
  let after = '0';
  return {
    async sweep(limit) {
      const rows = await database.query<ParkedEventRow>(
        `select e.id, a.id as account_id, a.channel, e.platform_message_id, e.parked,
                e.parked_at < now() - interval '${UNCLAIMED}' as old,
                e.parked_at < now() - interval '${GIVEN_UP}' as expired
           from inbound_events e join accounts a on a.id = e.account_key
          where e.parked_at is not null and e.id > $2
            and (e.kind = 'echo' and e.parked_at < now() - interval '${UNCLAIMED}'
                 or e.parked_at < now() - interval '${GIVEN_UP}'
                 or exists (select from message_parts p
                             where p.account_id = a.id
                               and p.platform_message_id = e.platform_message_id)
                 or exists (select from messages m
                             where m.account_id = a.id
                               and m.platform_message_id = e.platform_message_id))
          order by e.id limit $1`,
        [limit, after],
      );
      for (const row of rows) {
        after = row.id;
        await database.transaction((tx) => settleParked(tx, row));
      }
      if (rows.length < limit) after = '0';
      return rows.length;
    },
  };
}

async function settleParked(tx: Transaction, row: ParkedEventRow): Promise<void> {
  const account = { id: row.account_id, channel: row.channel };
  const { parked } = row;
  const customer = parked.kind === 'echo' ? parked.customer : null;
  await lockPlatformIds(tx, account.id, [
    row.platform_message_id,
    ...(customer ? idsOf(customer) : []),
  ]);
  const identity = customer ? await findOrCreateIdentity(tx, account, customer) : undefined;
  const target = await findTarget(tx, account.id, row.platform_message_id);
  await lockIdentities(tx, identity ? [identity] : [], target ? [target.conversation_id] : []);
  const [still] = await tx.query(
    'select 1 from inbound_events where id = $1 and parked_at is not null for update',
    [row.id],
  );
  if (!still) return;
  if (target) await applyParked(tx, account.id, row.platform_message_id);
  else if (row.expired || parked.kind !== 'echo' || !identity) await closeParked(tx, row.id);
  // What was parked may be what we sent, whatever the channel does with what we send now.
  else
    await settleEcho(
      tx,
      { account, conversationId: identity.conversationId, echoesApiSends: true },
      parked,
    );
}
