import { randomUUID } from 'node:crypto';
import type {
  AcceptedMessage,
  AcceptResult,
  MessageStatusView,
  MessageStore,
  NewMessage,
} from '../../../src/database/message-store.ts';

type Row = { request: NewMessage; accountId: string; message: AcceptedMessage };

/** Messages in memory, with the rules of idempotency. */
export function createFakeMessages() {
  const rows: Row[] = [];
  const state = {
    disabled: new Set<string>(),
    error: null as Error | null,
    /** What the store says to whatever it is asked next, where that is not what it would say. */
    refusal: null as AcceptResult | null,
  };

  const same = (a: NewMessage, b: NewMessage) =>
    JSON.stringify([a.to, a.content]) === JSON.stringify([b.to, b.content]);

  const store: MessageStore = {
    async accept(request) {
      if (state.error) throw state.error;
      if (state.refusal) return state.refusal;
      const accountId = 'accountId' in request.to ? request.to.accountId : 'acc_mine';
      const known = rows.find(
        (row) =>
          (request.messageId !== undefined && row.message.messageId === request.messageId) ||
          (request.idempotencyKey !== undefined &&
            row.accountId === accountId &&
            row.request.idempotencyKey === request.idempotencyKey),
      );
      const { visibleAccounts: scope } = request;
      if (known && scope !== '*' && !scope.includes(known.accountId)) return { kind: 'id_taken' };
      if (known)
        return same(known.request, request)
          ? { kind: 'replayed', message: known.message }
          : { kind: 'conflict', messageId: known.message.messageId };
      if (!['acc_mine', 'acc_theirs'].includes(accountId)) return { kind: 'account_missing' };
      if (state.disabled.has(accountId)) return { kind: 'account_disabled' };
      const message: AcceptedMessage = {
        messageId: request.messageId ?? randomUUID(),
        conversationId: 'conv_mine',
        status: 'pending',
        position: 13,
        createdAt: new Date('2026-11-21T09:30:00.000Z'),
      };
      rows.push({ request, accountId, message });
      return { kind: 'accepted', message };
    },
    async findStatus(messageId, scope) {
      const row = rows.find((each) => each.message.messageId === messageId);
      if (!row || (scope !== '*' && !scope.includes(row.accountId))) return null;
      return statusOf(row);
    },
  };
  return { store, rows, state };
}

function statusOf({ accountId, message }: Row): MessageStatusView {
  return {
    messageId: message.messageId,
    accountId,
    conversationId: message.conversationId,
    channel: 'instagram',
    status: 'sent',
    retryCount: 1,
    possibleDuplicate: false,
    platformMessageId: 'mid.42',
    position: message.position,
    createdAt: message.createdAt,
    nextAttemptAt: null,
    waitReason: null,
    error: null,
    transitions: [
      {
        status: 'pending',
        at: message.createdAt,
        source: 'api',
        attempt: null,
        errorClass: null,
        errorCode: null,
      },
    ],
    errors: [
      {
        attempt: 1,
        part: 1,
        at: message.createdAt,
        class: 'transient',
        code: '2',
        message: 'Service temporarily unavailable',
      },
    ],
    parts: [{ part: 1, status: 'sent', platformMessageId: 'mid.42' }],
  };
}
