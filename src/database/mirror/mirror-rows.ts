import type { MirrorMessage } from '../../crm/mirror.ts';
import type { Direction } from '../../domain/message.ts';
import { mirrorText } from '../../domain/mirror-text.ts';
import type { Query } from '../database.ts';
import { mirrorTime } from './mirror-time.ts';

/** A message that waits for the CRM's own database. */
export type QueuedMessage = MirrorMessage & {
  /** Its place in the queue. */
  queueId: string;
  /** How often it was tried. */
  attempts: number;
  /** How it looked when it was last tried; null before. */
  fingerprint: string | null;
};

type Row = {
  queue_id: string;
  attempts: number;
  fingerprint: string | null;
  message_id: string;
  account_id: string;
  conversation_id: string;
  channel: string;
  direction: Direction;
  user_id: string;
  username: string | null;
  name: string | null;
  type: string;
  text: string | null;
  deleted: boolean;
  at: Date;
  position: string;
  status: string | null;
};

/** The first messages of the queue in one state, with their content as it is now. */
export async function readQueue(
  query: Query,
  state: 'pending' | 'writing',
  limit: number,
): Promise<QueuedMessage[]> {
  const rows = await query<Row>(
    `select q.id as queue_id, q.attempts, q.fingerprint, q.user_id, m.id as message_id, m.account_id,
            m.conversation_id, m.channel, m.direction, m.type, m.text, m.status,
            m.deleted_at is not null as deleted,
            ${mirrorTime('m')} as at, m.position, u.username, u.name
       from (select * from mirror_queue where state = $1 order by id limit $2) q
       join messages m on m.id = q.message_id
       left join external_identities i
         on i.account_id = m.account_id and i.external_id = q.user_id
       left join users u on u.id = i.user_id
      order by q.id`,
    [state, limit],
  );
  return inPlaces(rows).map((row) => ({
    queueId: row.queue_id,
    attempts: row.attempts,
    fingerprint: row.fingerprint,
    messageId: row.message_id,
    accountId: row.account_id,
    conversationId: row.conversation_id,
    channel: row.channel,
    direction: row.direction,
    userId: row.user_id,
    username: row.username || row.name || row.user_id,
    text: mirrorText(row),
    at: row.at,
    status: row.status,
  }));
}

/** What a conversation has in the batch fills its places in the order of the conversation. */
function inPlaces(rows: Row[]): Row[] {
  const ofEach = Map.groupBy(rows, (row) => row.conversation_id);
  for (const own of ofEach.values()) own.sort((a, b) => Number(a.position) - Number(b.position));
  return rows.map((row) => ofEach.get(row.conversation_id)?.shift() ?? row);
}
