import type { AskedContent } from '../domain/asked-content.ts';
import type { Attachment, Direction, MessageError, MessageStatus } from '../domain/message.ts';
import type { MessageDetails } from '../domain/message-details.ts';
import type { Database } from './database.ts';
import { selectConversations, conversationView } from './conversations/conversation-rows.ts';
import type { ConversationRow } from './conversations/conversation-rows.ts';
import { findMessage } from './conversations/find-message.ts';
import { listConversations } from './conversations/list-conversations.ts';
import { MESSAGES, viewMessages, type MessageRow } from './conversations/message-rows.ts';
import { readMessagePlace } from './message-place.ts';
import type { TransitionView } from '../domain/transition.ts';
import type { AccountScope, MessageStatusView } from './message-store.ts';
import { placeCursor, toPage, type Page, type PageRequest } from './page.ts';
import { scopeParameter } from './scope.ts';

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
    /** The platform's id of them, as events have it. */
    senderId: string | null;
  }[];
  /** The platform's id to write to. */
  recipientId: string;
  /** Of its history, with reactions and edits of ours. */
  messageCount: number;
  /** The newest of its history; of the text only the beginning. */
  lastMessage: MessagePreview | null;
  lastMessageAt: Date | null;
  createdAt: Date;
};

export type MessagePreview = Pick<
  MessageView,
  'id' | 'direction' | 'type' | 'text' | 'status' | 'position' | 'createdAt'
>;

/** Which conversations a list has; every member narrows it. */
export type ConversationFilter = {
  accountId?: string | undefined;
  /** Ids that the platform may have for the customer or group. */
  recipientIds?: string[] | undefined;
  channel?: string | undefined;
  type?: ConversationView['type'] | undefined;
  /** When something was last written: at or after, and before. */
  from?: Date | undefined;
  to?: Date | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
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
  /** Who wrote it: the platform's id of the customer, or the CRM's own name for who sent it. */
  senderId: string | null;
  /** What the platform calls the customer. */
  senderUsername: string | null;
  senderName: string | null;
  status: MessageStatus | null;
  platformMessageId: string | null;
  /** Our id of the message that it answers, reacts to or edits. */
  replyTo: string | null;
  /** `participant_id`, in groups: whose it is. `senderId`: of the customer's, the platform's id. */
  reactions: {
    emoji: string | null;
    from: Direction;
    participant_id?: string;
    senderId: string | null;
  }[];
  /** Why it is `failed` or `unconfirmed`. */
  error: MessageError | null;
  transitions: TransitionView[];
  editedAt: Date | null;
  deletedAt: Date | null;
  platformTimestamp: Date | null;
  createdAt: Date;
  /** As in the status of a message. */
  waitReason: string | null;
  nextAttemptAt: Date | null;
};

/** A message with all that is known of it. Of a customer's own there is nothing to say of sending. */
export type MessageDetailView = {
  message: MessageView;
  sending: Omit<MessageStatusView, 'status'>;
  idempotencyKey: string | null;
  /** As the request to send had it; null for what nobody asked to be sent. */
  content: AskedContent | null;
};

export type ConversationStore = {
  /** Newest activity first. */
  list(
    scope: AccountScope,
    page: PageRequest & ConversationFilter,
  ): Promise<Page<ConversationView>>;
  find(id: string, scope: AccountScope): Promise<ConversationView | null>;
  /** Newest first; null when the conversation is unknown or outside `scope`. */
  listMessages(
    id: string,
    scope: AccountScope,
    page: PageRequest,
  ): Promise<Page<MessageView> | null>;
  /** A message of either side, whole; null when it is unknown or outside `scope`. */
  findMessage(id: string, scope: AccountScope): Promise<MessageDetailView | null>;
};

export function createConversationStore(database: Database): ConversationStore {
  return {
    list: (scope, page) => listConversations(database, scope, page),
    async find(id, scope) {
      const [row] = await database.query<ConversationRow>(
        `${selectConversations('conversations c')}
          where c.id = $1 and ($2::text[] is null or c.account_id = any($2))`,
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
        `${MESSAGES}
          where m.conversation_id = $1 and ($2::bigint is null or m.position < $2)
          order by m.position desc limit $3`,
        [id, await readMessagePlace(database, id, page.cursor), page.limit + 1],
      );
      const result = toPage(rows, page.limit, ({ position }) => placeCursor(position));
      return { ...result, items: await viewMessages(database, result.items) };
    },
    findMessage: (id, scope) => findMessage(database, id, scope),
  };
}
