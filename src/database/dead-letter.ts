import type { Transaction } from './database.ts';
import { raiseAlert } from './alert.ts';
import { newId } from './ids.ts';
import { addOutboxRow } from './outbox.ts';

export type DeadLetterKind = 'message' | 'webhook' | 'mirror';

/** `replaying`: somebody asked for another attempt, and it has not come to an end yet. */
export type DeadLetterState = 'open' | 'replaying' | 'resolved' | 'discarded' | 'expired';

type DeadLetterRow = {
  id: string;
  account_id: string;
  channel: string;
  kind: DeadLetterKind;
  reason: string;
  last_status_code: number | null;
  first_attempt_at: Date | null;
  last_attempt_at: Date | null;
  subject_id: string;
  conversation_id: string | null;
  trace_id: string | null;
};

/** What its workflow is told. The trace is that of the request or webhook that began it all. */
const LETTER = `
  id, account_id, channel, kind, reason, last_status_code, first_attempt_at, last_attempt_at,
  subject_id, conversation_id,
  case kind
    when 'message' then (select trace_id from messages where id = subject_id::uuid)
    when 'webhook' then (select trace_id from webhook_deliveries d where d.id = subject_id)
    else (select m.trace_id from mirror_queue q join messages m on m.id = q.message_id
           where q.id = subject_id::bigint)
  end as trace_id`;

/** What was given up, and where its attempts are counted. */
const SUBJECTS = {
  message: `select m.id::text as subject, m.account_id, m.conversation_id, m.channel,
                   count(a.id) as attempts, min(a.started_at) as first_at, max(a.started_at) as last_at,
                   (array_agg(a.status_code order by a.started_at desc, a.number desc))[1] as status_code
              from messages m left join send_attempts a on a.message_id = m.id
             where m.id = $1::uuid group by m.id`,
  webhook: `select d.id as subject, d.account_id, d.conversation_id, a.channel, d.attempts,
                   d.first_attempt_at as first_at, now() as last_at, null::int as status_code
              from webhook_deliveries d join accounts a on a.id = d.account_id where d.id = $1`,
  mirror: `select q.id::text as subject, m.account_id, m.conversation_id, m.channel, q.attempts,
                  q.first_attempt_at as first_at, q.last_attempt_at as last_at,
                  null::int as status_code
             from mirror_queue q join messages m on m.id = q.message_id where q.id = $1::bigint`,
};

/**
 * Puts a message, an event or a mirror row among the dead letters, or back among them: there is one for each. Its
 * workflow is started, or told, by the outbox of the same transaction.
 */
export async function openDeadLetter(
  tx: Transaction,
  kind: keyof typeof SUBJECTS,
  subjectId: string,
  /** `statusCode`: left out where the subject's own attempts tell it. */
  why: { reason: string; statusCode?: number | null },
): Promise<void> {
  const [row] = await tx.query<DeadLetterRow>(
    `insert into dead_letters
       (id, kind, subject_id, account_id, conversation_id, channel, reason, last_status_code,
        attempts, first_attempt_at, last_attempt_at)
     select $2, $3, subject, account_id, conversation_id, channel, $4,
            coalesce($5, status_code), attempts, first_at, last_at
       from (${SUBJECTS[kind]}) as given_up
     on conflict (kind, subject_id) do update
       set state = 'open', closed_at = null, opened_at = now(), reason = excluded.reason,
           asked = case when dead_letters.state in ('open', 'replaying') then dead_letters.asked end,
           last_status_code = excluded.last_status_code, attempts = excluded.attempts,
           last_attempt_at = excluded.last_attempt_at
     returning ${LETTER}`,
    [subjectId, newId('dl'), kind, why.reason, why.statusCode ?? null],
  );
  if (!row) return;
  await tellDeadLetter(tx, row);
  await raiseAlert(tx, 'dead_letter', row.account_id);
}

/** What was given up has come to an end: its workflow is told and ends as well. */
export async function closeDeadLetter(
  tx: Transaction,
  kind: DeadLetterKind,
  subjectId: string,
  state: Exclude<DeadLetterState, 'open' | 'replaying'> = 'resolved',
): Promise<void> {
  const [row] = await tx.query<DeadLetterRow>(
    `update dead_letters set state = $3, closed_at = now()
      where kind = $1 and subject_id = $2 and state in ('open', 'replaying')
      returning ${LETTER}`,
    [kind, subjectId, state],
  );
  if (row) await tellDeadLetter(tx, row);
}

/** The account is gone, and with it everything that a replay would need. */
export async function discardDeadLetters(tx: Transaction, accountId: string): Promise<void> {
  const rows = await tx.query<DeadLetterRow>(
    `update dead_letters set state = 'discarded', closed_at = now()
      where account_id = $1 and state in ('open', 'replaying')
      returning ${LETTER}`,
    [accountId],
  );
  for (const row of rows) await tellDeadLetter(tx, row);
}

/**
 * Starts the workflow of a letter that is not over, or tells it once more what was asked; false when
 * it is over. One that cannot go on is told seldom: each time is a line in its history.
 */
export async function reviveDeadLetter(tx: Transaction, id: string): Promise<boolean> {
  const [row] = await tx.query<DeadLetterRow>(
    `update dead_letters set ask_again_at = now() + interval '1 hour'
      where id = $1 and state in ('open', 'replaying')
      returning ${LETTER}`,
    [id],
  );
  if (row) await tellDeadLetter(tx, row);
  return row !== undefined;
}

async function tellDeadLetter(tx: Transaction, row: DeadLetterRow): Promise<void> {
  await addOutboxRow(tx, {
    kind: 'dead_letter',
    target: row.id,
    accountId: row.account_id,
    channel: row.channel,
    traceId: row.trace_id,
    details: {
      kind: row.kind,
      reason: row.reason,
      subject_id: row.subject_id,
      conversation_id: row.conversation_id,
      first_attempt_at: row.first_attempt_at?.toISOString() ?? null,
      last_attempt_at: row.last_attempt_at?.toISOString() ?? null,
      last_status_code: row.last_status_code,
    },
  });
}
