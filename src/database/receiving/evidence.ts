import type { ChannelEvent } from '../../channels/channel.ts';
import type { Query, Transaction } from '../database.ts';
import { applyStatus } from './platform-status.ts';
import { linkReplies } from './message-target.ts';
import { closeParked, type ParkedRow } from './parked.ts';
import { applyParkedChanges, isChange } from './parked-changes.ts';
import type { LaneMessage } from '../sending/resolve.ts';

/**
 * Whether part `p` could come back as an echo that has a file, or none. A link in a text may come
 * back with its preview; a reaction never comes back, nor does it prove a text of one emoji.
 */
function mayEcho(hasFile: string): string {
  return `(p.content is null
           or p.content ->> 'type' in ('image', 'video', 'audio', 'document') and ${hasFile})`;
}

/** An unknown attempt that this echo proves: same customer, same text, begun before it. */
export async function findAttemptForEcho(
  tx: Transaction,
  accountId: string,
  conversationId: string,
  event: Extract<ChannelEvent, { kind: 'echo' }>,
): Promise<{ message: LaneMessage; part: number } | undefined> {
  const [row] = await tx.query<{ message_id: string; part: number }>(
    `select s.message_id, s.part
       from send_attempts s
       join messages m on m.id = s.message_id
       join message_parts p on p.message_id = s.message_id and p.part = s.part
      where s.account_id = $1 and m.conversation_id = $2 and s.outcome = 'unknown'
        and p.sent_at is null and p.text = $3 and ${mayEcho('$5::boolean')}
        and ($4::timestamptz is null or s.started_at <= $4::timestamptz)
      order by s.started_at limit 1`,
    [
      accountId,
      conversationId,
      event.content.text ?? '',
      event.at === null ? null : new Date(event.at),
      event.content.attachments.length > 0,
    ],
  );
  return row && { message: { id: row.message_id, accountId, conversationId }, part: row.part };
}

/** The id in an echo that came before we knew that the attempt's outcome is unknown. */
export async function findParkedProof(
  tx: Transaction,
  attempt: {
    account_id: string;
    recipient_id: string;
    message_id: string;
    part: number;
    started_at: Date;
  },
): Promise<string | undefined> {
  const [row] = await tx.query<{ platform_message_id: string }>(
    `select e.platform_message_id
       from inbound_events e join message_parts p on p.message_id = $3 and p.part = $4
      where e.account_key = $1 and e.parked_at is not null and e.kind = 'echo'
        and e.parked -> 'customer' ->> 'externalId' = $2
        and coalesce(e.parked -> 'content' ->> 'text', '') = p.text
        and ${mayEcho(`jsonb_array_length(e.parked -> 'content' -> 'attachments') > 0`)}
        and (e.parked ->> 'at' is null or (e.parked ->> 'at')::bigint >= $5)
      order by e.id limit 1`,
    [
      attempt.account_id,
      attempt.recipient_id,
      attempt.message_id,
      attempt.part,
      attempt.started_at.getTime(),
    ],
  );
  return row?.platform_message_id;
}

/**
 * What came before we knew this platform id is applied now that we do. It and its message's conversation
 * must be locked. `changed`: the message may be another one than it was.
 */
export async function applyParked(
  tx: Transaction,
  accountId: string,
  platformMessageId: string,
): Promise<{ changed: boolean }> {
  const rows = await tx.query<ParkedRow>(
    `select id, parked from inbound_events
      where account_key = $1 and platform_message_id = $2 and parked_at is not null
      order by parked_at, id`,
    [accountId, platformMessageId],
  );
  const changes = rows.filter(isChange);
  const others = rows.filter((row) => !isChange(row));
  await applyRows(tx, accountId, others);
  if (others.length > 0) await noteEvidence(tx, accountId);
  if (changes.length > 0) await applyParkedChanges(tx, accountId, changes);
  await linkReplies(tx, accountId, platformMessageId);
  return { changed: changes.length > 0 };
}

/** What was said of a call while it was under way, by the id that we had sent along; whether any. */
export async function applyParkedByCallback(
  tx: Transaction,
  attempt: { account_id: string; message_id: string; part: number },
): Promise<boolean> {
  const { message_id: id, part } = attempt;
  const rows = await tx.query<ParkedRow>(
    `select id, parked from inbound_events
      where account_key = $1 and parked_at is not null and kind = 'status'
        and parked ->> 'callbackData' = $2 order by id`,
    [attempt.account_id, part === 1 ? id : `${id}/${part}`],
  );
  await applyRows(tx, attempt.account_id, rows);
  return rows.length > 0;
}

async function applyRows(tx: Transaction, accountId: string, rows: ParkedRow[]): Promise<void> {
  for (const row of rows) {
    const { parked } = row;
    const settled =
      parked.kind !== 'status' || (await applyStatus(tx, accountId, parked)) !== 'not yet';
    if (settled) await closeParked(tx, row.id);
  }
}

/**
 * That the platform tells us of our sends: only then does its silence mean something. Ten minutes
 * are exact enough. Skips a row that others share, for two that wait to change what both hold would
 * wait for each other.
 */
export async function noteEvidence({ query }: { query: Query }, accountId: string): Promise<void> {
  await query(
    `update accounts set evidence_seen_at = now()
      where id = (select id from accounts
                   where id = $1 and (evidence_seen_at is null
                                      or evidence_seen_at < now() - interval '10 minutes')
                     for no key update skip locked)`,
    [accountId],
  );
}
