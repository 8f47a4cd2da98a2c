import type { MessageError, MessageStatus, TransitionSource } from '../../domain/message.ts';
import { actsUponAnother } from '../../domain/outgoing-content.ts';
import type { Transaction } from '../database.ts';
import { addStatusEvent } from '../delivering/crm-events.ts';
import { closeDeadLetter, openDeadLetter } from '../dead-letter.ts';
import { advanceLane, type LaneHead } from '../lane.ts';
import { queueForMirror } from '../mirror-queue.ts';

export type Transition = {
  messageId: string;
  status: MessageStatus | 'requeued';
  source: TransitionSource;
  at?: Date | undefined;
  attempt?: number | null;
  applied?: boolean;
  error?: MessageError | undefined;
};

/** A message and where it stands. */
export type LaneMessage = { id: string; accountId: string; conversationId: string };

/**
 * Adds a line to a message's history. The platform's time counts, but never before the line that it
 * follows, for some tell whole seconds, nor after now, for their clocks may be ahead.
 */
export async function addTransition(tx: Transaction, transition: Transition): Promise<void> {
  await tx.query(
    `insert into message_transitions (message_id, status, at, source, attempt, applied, error_class, error_code)
     values ($1, $2,
             greatest(least($3, clock_timestamp()),
                      (select max(at) from message_transitions
                        where message_id = $1 and applied and $6)),
             $4, $5, $6, $7, $8)`,
    [
      transition.messageId,
      transition.status,
      transition.at ?? null,
      transition.source,
      transition.attempt ?? null,
      transition.applied ?? true,
      transition.error?.class ?? null,
      transition.error?.code ?? null,
    ],
  );
}

/** Every part has reached the platform: the message is `sent` and its lane goes on with the next. */
export async function resolveSent(
  tx: Transaction,
  message: LaneMessage,
  source: TransitionSource,
  { attempt = null, startNextInMs = 0 }: { attempt?: number | null; startNextInMs?: number } = {},
): Promise<LaneHead | null> {
  const [row] = await tx.query<{ taken_ms: number | null; type: string }>(
    `update messages
        set status = 'sent', resolved_at = coalesce(resolved_at, now()), next_attempt_at = null,
            wait_reason = null, error_class = null, error_code = null, error_message = null,
            platform_message_id = (select platform_message_id from message_parts
                                    where message_id = $1 and part = 1)
      where id = $1
      returning type, extract(epoch from clock_timestamp() - became_head_at)::float8 * 1000 as taken_ms`,
    [message.id],
  );
  await addTransition(tx, { messageId: message.id, status: 'sent', source, attempt });
  if (row && actsUponAnother(row)) await changeTarget(tx, message.id);
  await closeDeadLetter(tx, 'message', message.id);
  await queueForMirror(tx, message.id);
  const next = await advanceLane(tx, message.conversationId, startNextInMs);
  await addStatusEvent(tx, message.id, 'message.sent', {
    gatherMs: next ? gatherMs(row?.taken_ms ?? 0) : 0,
  });
  return next;
}

/** A reaction or edit that went out shows in the history at the message that it acts upon. */
async function changeTarget(tx: Transaction, messageId: string): Promise<void> {
  await tx.query(
    `update messages t
        set text = case when m.type = 'edit' then m.text else t.text end,
            edited_at = case when m.type = 'edit' then clock_timestamp() else t.edited_at end,
            edit_time = case when m.type = 'edit' then clock_timestamp() else t.edit_time end,
            edit_revision = case when m.type = 'edit' then null else t.edit_revision end,
            reaction_times = case when m.type = 'reaction' then ${TIME_OF_OURS}
                                  else t.reaction_times end,
            reactions = case when m.type = 'reaction' then ${REACTIONS_OF_OURS} else t.reactions end
       from messages m where m.id = $1 and t.id = m.refers_to_id and t.deleted_at is null`,
    [messageId],
  );
}

/** What the owner did before it in the platform's own app comes too late from then on. */
const TIME_OF_OURS = `t.reaction_times || jsonb_build_object('out',
  (extract(epoch from clock_timestamp()) * 1000)::bigint)`;

/** Of the customer's reactions none is lost, of ours there is one at most. */
const REACTIONS_OF_OURS = `
  (select coalesce(jsonb_agg(each), '[]') from jsonb_array_elements(t.reactions) each
    where each ->> 'from' <> 'out')
  || case when m.text is null then '[]'
          else jsonb_build_array(jsonb_build_object('emoji', m.text, 'from', 'out')) end`;

/**
 * While a conversation has more to send, the CRM is told of several messages at once: each time it
 * is told costs a workflow run, as much as the sending itself. It waits as long as a few messages
 * take, so that a busy router gathers more and an idle one keeps nobody waiting.
 */
function gatherMs(takenMs: number): number {
  return Math.min(5_000, Math.max(500, 3 * takenMs));
}

/** The router gives the message up: `failed`, or `unconfirmed` if it may have arrived. */
export async function resolveGivenUp(
  tx: Transaction,
  message: LaneMessage,
  given: {
    status: 'failed' | 'unconfirmed';
    error: MessageError;
    source: TransitionSource;
    deadLetter: boolean;
    attempt?: number | null;
  },
): Promise<void> {
  await tx.query(
    `update messages
        set status = $2, resolved_at = now(), next_attempt_at = null, wait_reason = null,
            error_class = $3, error_code = $4, error_message = $5
      where id = $1`,
    [message.id, given.status, given.error.class, given.error.code, given.error.message],
  );
  await addTransition(tx, {
    messageId: message.id,
    status: given.status,
    source: given.source,
    attempt: given.attempt ?? null,
    error: given.error,
  });
  await addStatusEvent(tx, message.id, `message.${given.status}`);
  await settleDeadLetter(tx, message.id, given);
  await advanceLane(tx, message.conversationId);
}

/**
 * Opens a dead letter where the outcome is worth one. One that waits for what its replay comes to is
 * never left waiting: it opens again, or goes with a message that somebody has given up on purpose.
 */
async function settleDeadLetter(
  tx: Transaction,
  messageId: string,
  given: { error: MessageError; deadLetter: boolean },
): Promise<void> {
  if (ON_PURPOSE.has(given.error.class))
    return closeDeadLetter(tx, 'message', messageId, 'discarded');
  const [replayed] = await tx.query(
    `select id from dead_letters
      where kind = 'message' and subject_id = $1 and state = 'replaying'`,
    [messageId],
  );
  if (given.deadLetter || replayed)
    await openDeadLetter(tx, 'message', messageId, { reason: given.error.class });
}

const ON_PURPOSE = new Set(['cancelled', 'account_deleted']);
