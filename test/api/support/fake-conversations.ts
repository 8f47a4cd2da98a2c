import type {
  ConversationFilter,
  ConversationStore,
  ConversationView,
  MessageDetailView,
  MessageView,
} from '../../../src/database/conversation-store.ts';
import type { ReceivedStore } from '../../../src/database/received-store.ts';
import type { AccountScope } from '../../../src/database/message-store.ts';
import { InvalidCursor } from './fake-paging.ts';

const AT = new Date('2026-11-21T09:30:00.000Z');

function conversation(id: string, accountId: string): ConversationView {
  return {
    id,
    accountId,
    channel: 'instagram',
    type: 'DIRECT',
    title: null,
    customerWroteAt: AT,
    supersededBy: null,
    participants: [{ id: '1254', role: 'CUSTOMER', username: 'ana', name: null, senderId: '1254' }],
    messageCount: 1,
    lastMessage: MESSAGE,
    recipientId: '1254',
    lastMessageAt: AT,
    createdAt: AT,
  };
}

const MESSAGE: MessageView = {
  id: '8c5d1a2b-3e4f-4a6b-9c7d-8e9f0a1b2c3d',
  conversationId: 'conv_mine',
  position: 12,
  direction: 'in',
  source: 'customer',
  type: 'text',
  text: 'hello',
  attachments: [{ type: 'image', url: 'https://example.com/1.jpg' }],
  payload: null,
  details: {},
  senderId: '1254',
  senderUsername: 'ana',
  senderName: null,
  status: null,
  platformMessageId: 'mid.1',
  replyTo: null,
  reactions: [{ emoji: '❤️', from: 'in', senderId: '1254' }],
  error: null,
  transitions: [],
  editedAt: null,
  deletedAt: null,
  platformTimestamp: AT,
  createdAt: AT,
  waitReason: null,
  nextAttemptAt: null,
};

const NOT_SENT: MessageDetailView['sending'] = {
  messageId: MESSAGE.id,
  accountId: 'acc_mine',
  conversationId: 'conv_mine',
  channel: 'instagram',
  retryCount: 0,
  possibleDuplicate: false,
  platformMessageId: 'mid.1',
  position: 12,
  createdAt: AT,
  nextAttemptAt: null,
  waitReason: null,
  error: null,
  transitions: [],
  errors: [],
  parts: [],
};

/** `conv_mine` of `acc_mine` with one message, and `conv_theirs` of `acc_theirs`. */
export function createFakeConversations() {
  const all = [conversation('conv_mine', 'acc_mine'), conversation('conv_theirs', 'acc_theirs')];
  const limits: number[] = [];
  const filters: ConversationFilter[] = [];
  const message = structuredClone(MESSAGE);
  const state = { written: true };
  const find = (id: string, scope: AccountScope) =>
    all.find((each) => each.id === id && (scope === '*' || scope.includes(each.accountId))) ?? null;

  const store: ConversationStore = {
    async list(scope, page) {
      limits.push(page.limit);
      filters.push(page);
      if (page.cursor !== undefined && page.cursor !== 'page2') throw new InvalidCursor();
      const items = all
        .filter((each) => find(each.id, scope))
        .filter((each) => page.accountId === undefined || each.accountId === page.accountId);
      return { items, nextCursor: page.cursor === undefined ? 'page2' : null };
    },
    find: async (id, scope) => find(id, scope),
    async findMessage(id, scope) {
      if (id !== message.id || !find('conv_mine', scope)) return null;
      return { message, sending: NOT_SENT, idempotencyKey: null, content: null };
    },
    async listMessages(id, scope, page) {
      if (!find(id, scope)) return null;
      if (page.cursor !== undefined) throw new InvalidCursor();
      return { items: [message], nextCursor: null };
    },
  };
  const received: ReceivedStore = {
    async findAttachment(messageId, index, scope) {
      if (messageId !== message.id || !find('conv_mine', scope)) return null;
      const attachment = message.attachments[index];
      return { accountId: 'acc_mine', channel: 'instagram', attachment };
    },
    async findNewestReceived(id, scope) {
      const found = find(id, scope);
      const newest = { id: message.id, platformMessageId: 'mid.1' };
      return (
        found && {
          accountId: found.accountId,
          channel: 'instagram',
          recipientId: '1254',
          message: state.written ? newest : null,
        }
      );
    },
  };
  return { store, received, limits, filters, message, state };
}
