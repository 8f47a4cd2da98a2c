import type { Transaction } from './database.ts';

/**
 * Locks, always in this order: {@link lockPlatformIds}, account or endpoint rows, conversation rows
 * by id, then the rest. Two transactions that keep to it cannot wait for each other.
 */

/** Makes everything that speaks of these platform ids wait its turn until the transaction ends. */
export async function lockPlatformIds(
  tx: Transaction,
  accountId: string,
  platformIds: readonly string[],
): Promise<void> {
  const keys = [...new Set(platformIds)].sort().map((platformId) => `${accountId}|${platformId}`);
  for (const key of keys)
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
}

/** Takes the lanes of these conversations, in the order of their ids. */
export async function lockConversations(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.query('select id from conversations where id = any($1) order by id for no key update', [
    [...new Set(ids)],
  ]);
}

/** A message whose turn it is. */
export type LaneHead = { messageId: string; round: number };

/**
 * Puts the lowest waiting message of a conversation at its head, unless the present head is still
 * on its way, and returns the new one. Its workflow is started `startInMs` later, for whoever made
 * way may send it at once. May run any number of times. The conversation
 * must have been locked in an *earlier* statement: one that locks and looks at once sees a snapshot
 * from before the lock was granted and leaves the lane stuck.
 */
export async function advanceLane(
  tx: Transaction,
  conversationId: string,
  startInMs = 0,
): Promise<LaneHead | null> {
  const [head] = await tx.query<LaneHead>(ADVANCE, [conversationId, startInMs]);
  return head ?? null;
}

const ADVANCE = `
  with free as (
    select c.id from conversations c left join messages h on h.id = c.head_message_id
     where c.id = $1 and (c.head_message_id is null or h.resolved_at is not null)),
  next as (
    select m.id, m.account_id, m.channel, m.round, m.trace_id
      from messages m join free on free.id = m.conversation_id
     where m.direction = 'out' and m.resolved_at is null order by m.lane_seq limit 1),
  lane as (
    update conversations c set head_message_id = (select id from next)
      from free
     where c.id = free.id and c.head_message_id is distinct from (select id from next)),
  head as (update messages m set became_head_at = clock_timestamp() from next where m.id = next.id)
  insert into outbox (kind, target, account_id, channel, round, trace_id, not_before)
  select 'send_message', id, account_id, channel, round, trace_id,
         now() + $2 * interval '1 millisecond' from next
  returning target as "messageId", round`;
