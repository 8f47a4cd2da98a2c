import type { Attachment, Direction, MessageStatus } from '../domain/message.ts';
import type { MessageDetails } from '../domain/message-details.ts';
import type { Database } from './database.ts';
import { readMessagePlace } from './message-place.ts';
import type { AccountScope } from './message-store.ts';
import {
  microsOf,
  placeCursor,
  readTimeCursor,
  timeCursor,
  timeOfMicros,
  toPage,
  type Page,
  type PageRequest,
} from './page.ts';
import { scopeParameter } from './scope.ts';
import { findWaits } from './sending/wait-view.ts';

export type ConversationView = {
  id: string;
  accountId: string;
  channel: string;
  type: 'DIRECT' | 'GROUP';
  /** Of a group. */
  title: string | null;
  /** When a customer last wrote. */
  customerWroteAt: Date | null;
  /** Our id of the conversation that goes on in its place. */
  supersededBy: string | null;
  participants: {
    id: string;
    role: 'AGENT' | 'CUSTOMER';
    username: string | null;
    name: string | null;
  }[];
  /** The platform's id to write to. */
  recipientId: string;
  lastMessageAt: Date | null;
  createdAt: Date;
};

export type MessageView = {
  id: string;
  conversationId: string;
  /** Its place in the conversation, from 1. */
  position: number;
  direction: Direction;
  source: string;
  type: string;
  text: string | null;
  attachments: Attachment[];
  payload: string | null;
  /** What else it carries: referral, order, contact cards, … */
  details: MessageDetails;
  /** The CRM's own name for who sent it. */
  agentId: string | null;
  status: MessageStatus | null;
  platformMessageId: string | null;
  /** Our id of the message that it answers, reacts to or edits. */
  replyTo: string | null;
  /** `participant_id`, in groups: whose it is. */
  reactions: { emoji: string | null; from: Direction; participant_id?: string }[];
  editedAt: Date | null;
  deletedAt: Date | null;
  platformTimestamp: Date | null;
  createdAt: Date;
  /** As in the status of a message. */
  waitReason: string | null;
  nextAttemptAt: Date | null;
};

export type ConversationStore = {
  /** Newest activity first. */
  list(
    scope: AccountScope,
    page: PageRequest & { accountId?: string | undefined },
  ): Promise<Page<ConversationView>>;
  find(id: string, scope: AccountScope): Promise<ConversationView | null>;
  /** Newest first; null when the conversation is unknown or outside `scope`. */
  listMessages(
    id: string,
    scope: AccountScope,
    page: PageRequest,
  ): Promise<Page<MessageView> | null>;
};

export function createConversationStore(database: Database): ConversationStore {
  return {
    async list(scope, page) {
      const from = readTimeCursor(page.cursor, CONVERSATION_ID);
      const rows = await database.query<ConversationRow>(
        `${CONVERSATION}
          where ($1::text[] is null or c.account_id = any($1))
            and ($2::text is null or c.account_id = $2)
            and ($3::bigint is null or (c.last_activity_at, c.id) < (${timeOfMicros('$3')}, $4))
          order by c.last_activity_at desc, c.id desc limit $5`,
        [
          scopeParameter(scope),
          page.accountId ?? null,
          from?.micros ?? null,
          from?.id ?? null,
          page.limit + 1,
        ],
      );
      const result = toPage(rows, page.limit, (last) => timeCursor(last));
      return { ...result, items: result.items.map(conversationView) };
    },
    async find(id, scope) {
      const [row] = await database.query<ConversationRow>(
        `${CONVERSATION} where c.id = $1 and ($2::text[] is null or c.account_id = any($2))`,
        [id, scopeParameter(scope)],
      );
      return row ? conversationView(row) : null;
    },
    async listMessages(id, scope, page) {
      const [known] = await database.query(
        'select 1 from conversations where id = $1 and ($2::text[] is null or account_id = any($2))',
        [id, scopeParameter(scope)],
      );
      if (!known) return null;
      const rows = await database.query<MessageRow>(
        `select * from messages
          where conversation_id = $1 and ($2::bigint is null or position < $2)
          order by position desc limit $3`,
        [id, await readMessagePlace(database, id, page.cursor), page.limit + 1],
      );
      const result = toPage(rows, page.limit, ({ position }) => placeCursor(position));
      const waitOf = await findWaits(database, id, result.items);
      const items = result.items.map((row) => ({ ...messageView(row), ...waitOf(row.id) }));
      return { ...result, items };
    },
  };
}

const CONVERSATION_ID = /^conv_\w+$/;

const CONVERSATION = `
  select c.id, c.account_id, c.channel, c.type, c.title, c.recipient_id,
         c.customer_wrote_at, c.superseded_by, c.last_activity_at,
         ${microsOf('c.last_activity_at')} as micros, c.created_at,
         (select coalesce(jsonb_agg(jsonb_build_object(
                   'id', u.id, 'role', u.role, 'username', u.username, 'name', u.name)), '[]')
            from conversation_participants p join users u on u.id = p.user_id
           where p.conversation_id = c.id and p.left_at is null) as participants
    from conversations c`;

type ConversationRow = {
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
};

function conversationView(row: ConversationRow): ConversationView {
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
    lastMessageAt: row.last_activity_at,
    createdAt: row.created_at,
  };
}

type MessageRow = {
  id: string;
  conversation_id: string;
  direction: Direction;
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
  reactions: MessageView['reactions'];
  edited_at: Date | null;
  deleted_at: Date | null;
  platform_timestamp: Date | null;
  created_at: Date;
  position: string;
  resolved_at: Date | null;
};

function messageView(row: MessageRow): Omit<MessageView, 'waitReason' | 'nextAttemptAt'> {
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
    agentId: row.agent_id,
    status: row.status,
    platformMessageId: row.platform_message_id,
    replyTo: row.refers_to_id,
    reactions: row.reactions,
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
    platformTimestamp: row.platform_timestamp,
    createdAt: row.created_at,
  };
}
