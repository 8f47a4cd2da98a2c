import type { Query } from '../database.ts';

/**
 * What an outgoing message waits for, for every statement that shows it: `m` is the message, `c` its
 * conversation, `h` the conversation's head and `a` the account. One that stands behind another has
 * no reason of its own; a limit of the whole account is written into the account's row alone.
 */
export const WAIT_REASON = `
  case when m.resolved_at is not null or m.direction <> 'out' then null
       when c.head_message_id is distinct from m.id then 'behind_another'
       else m.wait_reason end`;

/** When it is tried next; of one that stands behind another, when that one is. */
export const NEXT_ATTEMPT_AT = `
  case when m.resolved_at is not null or m.direction <> 'out' then null
       when h.wait_reason = 'throttled' then greatest(h.next_attempt_at, a.throttled_until)
       else h.next_attempt_at end`;

/** The rows that both need. */
export const WAIT_JOINS = `
  join conversations c on c.id = m.conversation_id
  join accounts a on a.id = m.account_id
  left join messages h on h.id = c.head_message_id and h.resolved_at is null`;

/** What one message waits for; both null where it waits for nothing. */
export type WaitView = { waitReason: string | null; nextAttemptAt: Date | null };

const NO_WAIT: WaitView = { waitReason: null, nextAttemptAt: null };

/** The waits of those messages of a conversation that are not settled; most pages have none. */
export async function findWaits(
  database: { query: Query },
  conversationId: string,
  messages: readonly { id: string; direction: string; resolved_at: Date | null }[],
): Promise<(messageId: string) => WaitView> {
  const open = messages.filter((each) => each.direction === 'out' && each.resolved_at === null);
  if (open.length === 0) return () => NO_WAIT;
  const rows = await database.query<WaitView & { id: string }>(
    `select m.id, ${WAIT_REASON} as "waitReason", ${NEXT_ATTEMPT_AT} as "nextAttemptAt"
       from messages m ${WAIT_JOINS}
      where m.conversation_id = $1 and m.id = any($2::uuid[])`,
    [conversationId, open.map(({ id }) => id)],
  );
  const waits = new Map(rows.map(({ id, ...wait }) => [id, wait]));
  return (messageId) => waits.get(messageId) ?? NO_WAIT;
}
