import type { Attachment, Direction, MessageStatus } from '../../domain/message.ts';
import type { MessageDetails } from '../../domain/message-details.ts';
import type { TransitionView } from '../../domain/transition.ts';
import type { MessageView } from '../conversation-store.ts';
import type { Query } from '../database.ts';
import { errorOf, findTransitionsOf } from '../sending/transitions.ts';
import { findWaits } from '../sending/wait-view.ts';

/** A message with what is known of its conversation. */
export type MessageRow = {
  id: string;
  account_id: string;
  conversation_id: string;
  channel: string;
  direction: Direction;
  sender_id: string | null;
  source: string;
  type: string;
  text: string | null;
  attachments: Attachment[];
  payload: string | null;
  details: MessageDetails;
  agent_id: string | null;
  status: MessageStatus | null;
  platform_message_id: string | null;
  refers_to_id: string | null;
  reactions: { emoji: string | null; from: Direction; participant_id?: string }[];
  error_class: string | null;
  error_code: string | null;
  error_message: string | null;
  idempotency_key: string | null;
  edited_at: Date | null;
  deleted_at: Date | null;
  platform_timestamp: Date | null;
  created_at: Date;
  position: string;
  resolved_at: Date | null;
  /** The platform's id of the conversation, and whether that is one person's. */
  recipient_id: string;
  is_direct: boolean;
};

/** Reads {@link MessageRow}s. */
export const MESSAGES = `
  select m.*, c.recipient_id, c.type = 'DIRECT' as is_direct
    from messages m join conversations c on c.id = m.conversation_id`;

type Person = {
  id: string;
  username: string | null;
  name: string | null;
  platformId: string | null;
};

/** Messages of one conversation as the history tells them: with who wrote and reacted, and how their status changed. */
export async function viewMessages(
  database: { query: Query },
  rows: MessageRow[],
): Promise<MessageView[]> {
  const [first] = rows;
  if (!first) return [];
  const out = rows.filter((row) => row.direction === 'out').map((row) => row.id);
  const [people, waitOf, transitions] = await Promise.all([
    findPeople(database, rows),
    findWaits(database, first.conversation_id, rows),
    out.length > 0 ? findTransitionsOf(database, out) : new Map<string, TransitionView[]>(),
  ]);
  return rows.map((row) => ({
    ...messageView(row, people, transitions.get(row.id) ?? []),
    ...waitOf(row.id),
  }));
}

async function findPeople(
  { query }: { query: Query },
  rows: MessageRow[],
): Promise<Map<string, Person>> {
  const ids = rows.flatMap((row) => [
    row.sender_id,
    ...row.reactions.map((reaction) => reaction.participant_id),
  ]);
  const known = [...new Set(ids.filter((id) => typeof id === 'string'))];
  if (known.length === 0) return new Map();
  const people = await query<Person>(
    `select u.id, u.username, u.name, ${PLATFORM_ID} as "platformId"
       from users u where u.id = any($1::uuid[])`,
    [known],
  );
  return new Map(people.map((person) => [person.id, person]));
}

/** SQL for the platform's id of a user `u`, also of one stored by a release that kept none there. */
export const PLATFORM_ID = `coalesce(u.platform_id, (
  select i.external_id from external_identities i where i.user_id = u.id
   order by i.created_at, i.external_id limit 1))`;

function messageView(
  row: MessageRow,
  people: Map<string, Person>,
  transitions: TransitionView[],
): Omit<MessageView, 'waitReason' | 'nextAttemptAt'> {
  const sender = row.sender_id === null ? undefined : people.get(row.sender_id);
  return {
    id: row.id,
    conversationId: row.conversation_id,
    position: Number(row.position),
    direction: row.direction,
    source: row.source,
    type: row.type,
    text: row.text,
    attachments: row.attachments,
    payload: row.payload,
    details: row.details,
    senderId: row.direction === 'out' ? row.agent_id : platformIdOf(row, sender),
    senderUsername: sender?.username ?? null,
    senderName: sender?.name ?? null,
    status: row.status,
    platformMessageId: row.platform_message_id,
    replyTo: row.refers_to_id,
    reactions: row.reactions.map((reaction) => ({
      ...reaction,
      senderId:
        reaction.from === 'out'
          ? null
          : platformIdOf(row, people.get(reaction.participant_id ?? '')),
    })),
    error: errorOf(row),
    transitions,
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
    platformTimestamp: row.platform_timestamp,
    createdAt: row.created_at,
  };
}

/** The id by which events name who did it. */
function platformIdOf(row: MessageRow, person: Person | undefined): string | null {
  return row.is_direct ? row.recipient_id : (person?.platformId ?? null);
}
