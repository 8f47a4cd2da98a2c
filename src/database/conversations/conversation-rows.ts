import type { Direction, MessageStatus } from '../../domain/message.ts';
import type { ConversationView } from '../conversation-store.ts';
import { microsOf } from '../page.ts';
import { PLATFORM_ID } from './message-rows.ts';

export type ConversationRow = {
  id: string;
  account_id: string;
  channel: string;
  type: ConversationView['type'];
  title: string | null;
  customer_wrote_at: Date | null;
  superseded_by: string | null;
  recipient_id: string;
  last_activity_at: Date;
  micros: string;
  created_at: Date;
  participants: ConversationView['participants'];
  message_count: number;
  last_message: LastMessageRow | null;
};

type LastMessageRow = {
  id: string;
  direction: Direction;
  type: string;
  text: string | null;
  status: MessageStatus | null;
  position: number;
  /** ISO 8601. */
  created_at: string;
};

/** How much of its text a short form of a message has, in characters. */
const PREVIEW_LENGTH = 200;

/**
 * Reads {@link ConversationRow}s of the conversations `c` of `from`. Counting goes through an index
 * alone, so that a long conversation costs little in a list.
 */
export function selectConversations(from: string): string {
  return `
    select c.id, c.account_id, c.channel, c.type, c.title, c.recipient_id, c.customer_wrote_at,
           c.superseded_by, c.last_activity_at, ${microsOf('c.last_activity_at')} as micros,
           c.created_at,
           (select coalesce(jsonb_agg(jsonb_build_object(
                     'id', u.id, 'role', u.role, 'username', u.username, 'name', u.name,
                     'senderId', case when c.type = 'DIRECT' then c.recipient_id
                                      else ${PLATFORM_ID} end) order by p.joined_at, u.id), '[]')
              from conversation_participants p join users u on u.id = p.user_id
             where p.conversation_id = c.id and p.left_at is null) as participants,
           (select count(*)::int from messages m where m.conversation_id = c.id) as message_count,
           (select jsonb_build_object(
                     'id', m.id, 'direction', m.direction, 'type', m.type,
                     'text', left(m.text, ${PREVIEW_LENGTH}), 'status', m.status,
                     'position', m.position, 'created_at', m.created_at)
              from messages m where m.conversation_id = c.id
             order by m.position desc limit 1) as last_message
      from ${from}`;
}

/** The row as the API shows it. */
export function conversationView(row: ConversationRow): ConversationView {
  const { last_message: last } = row;
  return {
    id: row.id,
    accountId: row.account_id,
    channel: row.channel,
    type: row.type,
    title: row.title,
    customerWroteAt: row.customer_wrote_at,
    supersededBy: row.superseded_by,
    participants: row.participants,
    recipientId: row.recipient_id,
    messageCount: row.message_count,
    lastMessage: last && {
      id: last.id,
      direction: last.direction,
      type: last.type,
      text: last.text,
      status: last.status,
      position: last.position,
      createdAt: new Date(last.created_at),
    },
    lastMessageAt: row.last_activity_at,
    createdAt: row.created_at,
  };
}
