import type { MessageStatus } from '../../domain/message.ts';
import type { Query } from '../database.ts';
import type { AccountScope, AttemptErrorView, MessageStatusView } from '../message-store.ts';
import { scopeParameter } from '../scope.ts';
import { errorOf, findTransitions } from './transitions.ts';
import { NEXT_ATTEMPT_AT, WAIT_JOINS, WAIT_REASON } from './wait-view.ts';

type MessageRow = {
  id: string;
  account_id: string;
  conversation_id: string;
  channel: string;
  status: MessageStatus | null;
  possible_duplicate: boolean;
  platform_message_id: string | null;
  position: string;
  created_at: Date;
  next_attempt_at: Date | null;
  wait_reason: string | null;
  error_class: string | null;
  error_code: string | null;
  error_message: string | null;
  counted: number;
};

/** Everything that can be said of an outgoing message; null outside `scope`. */
export async function findMessageStatus(
  database: { query: Query },
  messageId: string,
  scope: AccountScope,
): Promise<MessageStatusView | null> {
  const found = await findSending(database, messageId, scope);
  return found && found.status !== null ? { ...found, status: found.status } : null;
}

/** The same of a message of either side: of a customer's own there is no status. */
export async function findSending(
  database: { query: Query },
  messageId: string,
  scope: AccountScope,
): Promise<(Omit<MessageStatusView, 'status'> & { status: MessageStatus | null }) | null> {
  const [row] = await database.query<MessageRow>(
    `select m.id, m.account_id, m.conversation_id, m.channel, m.status, m.possible_duplicate,
            m.platform_message_id, m.position, m.created_at, ${NEXT_ATTEMPT_AT} as next_attempt_at,
            ${WAIT_REASON} as wait_reason, m.error_class, m.error_code, m.error_message,
            (select coalesce(sum(greatest(made - 1, 0)), 0)::int
               from (select count(*) as made from send_attempts a
                      where a.message_id = m.id
                        and (a.outcome is null
                             or a.outcome in ('sent', 'transient', 'unknown', 'refused'))
                      group by a.part) parts) as counted
       from messages m ${WAIT_JOINS}
      where m.id = $1 and ($2::text[] is null or m.account_id = any($2))`,
    [messageId, scopeParameter(scope)],
  );
  if (!row) return null;
  const [transitions, errors, parts] = await Promise.all([
    findTransitions(database, messageId),
    findErrors(database, messageId),
    findParts(database, messageId),
  ]);
  return {
    messageId: row.id,
    accountId: row.account_id,
    conversationId: row.conversation_id,
    channel: row.channel,
    status: row.status,
    retryCount: row.counted,
    possibleDuplicate: row.possible_duplicate,
    platformMessageId: row.platform_message_id,
    position: Number(row.position),
    createdAt: row.created_at,
    nextAttemptAt: row.next_attempt_at,
    waitReason: row.wait_reason,
    error: errorOf(row),
    transitions,
    errors,
    parts,
  };
}

async function findErrors(
  { query }: { query: Query },
  messageId: string,
): Promise<AttemptErrorView[]> {
  return query(
    `select number as attempt, part, coalesce(finished_at, started_at) as at, outcome as class,
            coalesce(error_code, '') as code, coalesce(error_message, '') as message
       from send_attempts
      where message_id = $1 and outcome is not null and outcome <> 'sent'
      order by started_at, number`,
    [messageId],
  );
}

async function findParts(
  { query }: { query: Query },
  messageId: string,
): Promise<MessageStatusView['parts']> {
  return query(
    `select part, case when sent_at is null then 'pending' else 'sent' end as status,
            platform_message_id as "platformMessageId"
       from message_parts where message_id = $1 order by part`,
    [messageId],
  );
}
