import type { CrmEventType, StatusEventData } from '../../domain/crm-event.ts';
import { askedContent } from '../../domain/asked-content.ts';
import type { MessageDetails } from '../../domain/message-details.ts';
import type { Attachment, MessageStatus } from '../../domain/message.ts';
import type { OutgoingContent } from '../../domain/outgoing-content.ts';
import { HELD } from '../../domain/send-look.ts';
import type { Transaction } from '../database.ts';
import { newId } from '../ids.ts';
import { addOutboxRow } from '../outbox.ts';
import { transitionData } from '../../domain/transition.ts';
import { errorOf, findTransitions } from '../sending/transitions.ts';
import { NEXT_ATTEMPT_AT, WAIT_JOINS, WAIT_REASON } from '../sending/wait-view.ts';

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
  type: string;
  text: string | null;
  attachments: Attachment[];
  payload: string | null;
  details: MessageDetails;
  agent_id: string | null;
  refers_to_id: string | null;
  first_part: OutgoingContent | null;
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

/**
 * Tells the CRM what became of an outgoing message, as its row stands now. The event has the time of
 * the transition that it tells of.
 */
export async function addStatusEvent(
  tx: Transaction,
  messageId: string,
  type: CrmEventType,
  { gatherMs }: { gatherMs?: number } = {},
): Promise<void> {
  const [row] = await tx.query<StatusRow>(
    `select m.account_id, m.conversation_id, c.recipient_id, m.channel, m.source, m.type, m.text,
            m.attachments, m.payload, m.details, m.agent_id, m.refers_to_id, m.status,
            (select content from message_parts where message_id = m.id and part = 1) as first_part,
            m.platform_message_id, m.possible_duplicate, m.error_class, m.error_code,
            m.error_message, ${WAIT_REASON} as wait_reason, ${NEXT_ATTEMPT_AT} as next_attempt_at,
            m.trace_id
       from messages m ${WAIT_JOINS}
      where m.id = $1`,
    [messageId],
  );
  if (!row) return;
  const transitions = await findTransitions(tx, messageId);
  const data: StatusEventData = {
    message_id: messageId,
    recipient_id: row.recipient_id,
    channel: row.channel,
    status: row.status,
    source: row.source,
    ...(type === 'message.sent' || row.source !== 'api' ? contentOf(row) : {}),
    platform_message_id: row.platform_message_id,
    possible_duplicate: row.possible_duplicate,
    timestamp: timeOf(type, transitions).toISOString(),
    transitions: transitions.map(transitionData),
    error: errorOf(row),
    delay:
      type === 'message.delayed'
        ? {
            reason: row.wait_reason ?? 'not_started',
            next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
          }
        : null,
    ...(type === 'message.unconfirmed' ? { holds: row.wait_reason === HELD } : {}),
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

/** What it says: the CRM's other clients have not seen it, nor the CRM what it did not send itself. */
function contentOf(row: StatusRow) {
  const { source, type, text, attachments, agent_id, refers_to_id, first_part } = row;
  const message = { type, text, attachments, refersToId: refers_to_id, firstPart: first_part };
  const content = source === 'platform_app' ? null : askedContent(message);
  // What a person typed in the platform's own app may hold what a customer's message may.
  const more = source === 'platform_app' ? { payload: row.payload, ...row.details } : {};
  return { message_type: type, text, attachments, sender_id: agent_id, content, ...more };
}
