import type { Address } from '../channels/channel.ts';
import type { Database } from './database.ts';
import type { AccountScope } from './message-store.ts';
import { scopeParameter } from './scope.ts';

/** How a message to a customer would fare now, as far as rows tell. */
export type Outlook = {
  accountId: string;
  channel: string;
  /** Null before the first contact. */
  conversationId: string | null;
  customerWroteAt: Date | null;
  unreachableSince: Date | null;
  account: { enabled: boolean; pauseReason: string | null; throttledUntil: Date | null };
  queue: {
    /** Messages of the conversation that are not settled. */
    waiting: number;
    /** When the one in front is tried next; null where it is under way or nothing is planned. */
    nextAttemptAt: Date | null;
    waitReason: string | null;
  };
};

export type OutlookStore = {
  /** Of a conversation; null where there is none within `scope`. */
  ofConversation(conversationId: string, scope: AccountScope): Promise<Outlook | null>;
  /** Of a customer, by any of their ids; null where there is no such account. */
  ofCustomer(accountId: string, address: Address): Promise<Outlook | null>;
  /** The account's channel; null where there is no such account. */
  channelOf(accountId: string): Promise<string | null>;
  /** The type that a message of the account went out as; null where there is no such message. */
  sentAs(accountId: string, messageId: string): Promise<string | null>;
};

export function createOutlookStore(database: Database): OutlookStore {
  return {
    async ofConversation(conversationId, scope) {
      const [row] = await database.query<OutlookRow>(
        `${OUTLOOK} conversations c join accounts a on a.id = c.account_id ${HEAD}
          where c.id = $1 and a.deleted_at is null and ($2::text[] is null or a.id = any($2))`,
        [conversationId, scopeParameter(scope)],
      );
      return row ? outlook(row) : null;
    },
    async ofCustomer(accountId, { externalId, aliases, lastPlace }) {
      const [row] = await database.query<OutlookRow>(
        `${OUTLOOK} accounts a
           left join conversations c on c.id = (
             select conversation_id from external_identities
              where account_id = a.id and external_id = any($2) and conversation_id is not null
              order by array_position($2::text[], external_id) limit 1) ${HEAD}
          where a.id = $1 and a.deleted_at is null`,
        [accountId, [externalId, ...aliases, ...(lastPlace === undefined ? [] : [lastPlace])]],
      );
      return row ? outlook(row) : null;
    },
    async channelOf(accountId) {
      const [row] = await database.query<{ channel: string }>(
        'select channel from accounts where id = $1 and deleted_at is null',
        [accountId],
      );
      return row?.channel ?? null;
    },
    async sentAs(accountId, messageId) {
      const [row] = await database.query<{ sent_as: string | null }>(
        `select p.content ->> 'type' as sent_as
           from messages m join message_parts p on p.message_id = m.id and p.part = 1
          where m.id = $1 and m.account_id = $2`,
        [messageId, accountId],
      );
      return row?.sent_as ?? null;
    },
  };
}

const OUTLOOK = `
  select a.id as account_id, a.channel, a.enabled, a.paused_at, a.pause_reason, a.throttled_until,
         c.id as conversation_id, c.customer_wrote_at, c.unreachable_since,
         h.wait_reason,
         case when h.wait_reason = 'throttled' then greatest(h.next_attempt_at, a.throttled_until)
              else h.next_attempt_at end as next_attempt_at,
         (select count(*)::int from messages w
           where w.conversation_id = c.id and w.direction = 'out' and w.resolved_at is null) as waiting
    from`;

const HEAD = 'left join messages h on h.id = c.head_message_id and h.resolved_at is null';

type OutlookRow = {
  account_id: string;
  channel: string;
  enabled: boolean;
  paused_at: Date | null;
  pause_reason: string | null;
  throttled_until: Date | null;
  conversation_id: string | null;
  customer_wrote_at: Date | null;
  unreachable_since: Date | null;
  next_attempt_at: Date | null;
  wait_reason: string | null;
  waiting: number;
};

function outlook(row: OutlookRow): Outlook {
  return {
    accountId: row.account_id,
    channel: row.channel,
    conversationId: row.conversation_id,
    customerWroteAt: row.customer_wrote_at,
    unreachableSince: row.unreachable_since,
    account: {
      enabled: row.enabled,
      pauseReason: row.paused_at === null ? null : (row.pause_reason ?? 'paused'),
      throttledUntil: row.throttled_until,
    },
    queue: {
      waiting: row.waiting,
      nextAttemptAt: row.next_attempt_at,
      waitReason: row.wait_reason,
    },
  };
}
