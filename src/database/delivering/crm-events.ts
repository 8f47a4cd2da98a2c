import type { CrmEventType, StatusEventData } from '../../domain/crm-event.ts';
import type { MessageStatus } from '../../domain/message.ts';
import type { Transaction } from '../database.ts';
import { newId } from '../ids.ts';
import { addOutboxRow } from '../outbox.ts';

export type NewCrmEvent = {
  accountId: string;
  /** Null for an event of the account itself, which has a lane of its own. */
  conversationId: string | null;
  messageId: string | null;
  type: CrmEventType;
  data: unknown;
  /** From the customer: may be overtaken within the reorder window. */
  customer?: { platformTime: Date | null; reorderWindowMs: number };
  traceId: string | null;
  /** How long it may wait for others of its lane, to be told together with them, ms. */
  gatherMs?: number | undefined;
};

/** Queues an event for the CRM. The lane's row must be locked by the transaction already. */
export async function addCrmEvent(tx: Transaction, event: NewCrmEvent): Promise<void> {
  const laneId = event.conversationId ?? event.accountId;
  const table = event.conversationId === null ? 'accounts' : 'conversations';
  const [counter] = await tx.query<{ event_arrival: string }>(
    `update ${table} set event_arrival = event_arrival + 1 where id = $1 returning event_arrival`,
    [laneId],
  );
  await tx.query(
    `insert into webhook_deliveries
       (id, account_id, lane_id, conversation_id, message_id, type, from_customer, platform_time,
        stored_at, held_until, arrival, data, trace_id)
     select $1, $2, $3, $4, $5, $6, $7, $8, at, at + $9 * interval '1 millisecond', $10, $11, $12
       from clock_timestamp() as at`,
    [
      newId('whd'),
      event.accountId,
      laneId,
      event.conversationId,
      event.messageId,
      event.type,
      event.customer !== undefined,
      event.customer?.platformTime ?? null,
      event.customer?.reorderWindowMs ?? 0,
      counter?.event_arrival,
      JSON.stringify(event.data),
      event.traceId,
    ],
  );
  await addOutboxRow(tx, {
    kind: 'events_ready',
    target: laneId,
    accountId: event.accountId,
    traceId: event.traceId,
    delayMs: event.gatherMs ?? 0,
  });
}

type StatusRow = {
  account_id: string;
  conversation_id: string;
  recipient_id: string;
  channel: string;
  source: string;
  text: string | null;
  status: MessageStatus;
  platform_message_id: string | null;
  possible_duplicate: boolean;
  error_class: string | null;
  error_code: string | null;
  error_message: string | null;
  wait_reason: string | null;
  next_attempt_at: Date | null;
  trace_id: string | null;
};

/** Tells the CRM what became of an outgoing message, as its row stands now. */
export async function addStatusEvent(
  tx: Transaction,
  messageId: string,
  type: CrmEventType,
  { gatherMs }: { gatherMs?: number } = {},
): Promise<void> {
  const [row] = await tx.query<StatusRow>(
    `select m.account_id, m.conversation_id, c.recipient_id, m.channel, m.source, m.text, m.status,
            m.platform_message_id, m.possible_duplicate, m.error_class, m.error_code,
            m.error_message, m.wait_reason, m.next_attempt_at, m.trace_id
       from messages m join conversations c on c.id = m.conversation_id
      where m.id = $1`,
    [messageId],
  );
  if (!row) return;
  const transitions = await tx.query<{ status: string; at: Date }>(
    'select status, at from message_transitions where message_id = $1 and applied order by id',
    [messageId],
  );
  const data: StatusEventData = {
    message_id: messageId,
    recipient_id: row.recipient_id,
    channel: row.channel,
    status: row.status,
    source: row.source,
    // The CRM has not seen what it did not write: an automatic answer, or one typed in an app.
    ...(row.source === 'api' ? {} : { text: row.text }),
    platform_message_id: row.platform_message_id,
    possible_duplicate: row.possible_duplicate,
    timestamp: timeOf(type, transitions).toISOString(),
    transitions: transitions.map((each) => ({ status: each.status, at: each.at.toISOString() })),
    error:
      row.error_class === null
        ? null
        : {
            class: row.error_class,
            code: row.error_code ?? '',
            message: row.error_message ?? '',
          },
    delay:
      type === 'message.delayed'
        ? {
            reason: row.wait_reason ?? 'retry',
            next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
          }
        : null,
  };
  await addCrmEvent(tx, {
    accountId: row.account_id,
    conversationId: row.conversation_id,
    messageId,
    type,
    data,
    traceId: row.trace_id,
    gatherMs,
  });
}

/** When it became so: the time of its own transition. A delay has none, and is noticed now. */
function timeOf(type: CrmEventType, transitions: { at: Date }[]): Date {
  const newest = transitions.at(-1)?.at ?? new Date(0);
  return type === 'message.delayed' ? new Date(Math.max(Date.now(), newest.getTime())) : newest;
}
