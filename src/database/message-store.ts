import { createHash, randomUUID } from 'node:crypto';
import type { MessageStatus, TransitionSource } from '../domain/message.ts';
import { findOrCreateIdentity } from './receiving/conversation-identity.ts';
import type { Database, Transaction } from './database.ts';
import { findMessageStatus } from './sending/message-status.ts';
import { storeOutgoing } from './sending/outgoing-message.ts';

export type NewMessage = {
  accountId: string;
  recipientId: string;
  text: string;
  /** The client's own id (UUIDv4), or undefined to make one. */
  messageId?: string | undefined;
  idempotencyKey?: string | undefined;
  traceId: string;
  /** Account ids the caller may use: decides how much a conflict may tell. */
  visibleAccounts: AccountScope;
};

/** `*` or the account ids of a key. */
export type AccountScope = '*' | readonly string[];

export type AcceptedMessage = {
  messageId: string;
  conversationId: string;
  status: MessageStatus;
  createdAt: Date;
};

/** What accepting came to. `replayed`: same key and body, the first answer again. */
export type AcceptResult =
  | { kind: 'accepted' | 'replayed'; message: AcceptedMessage }
  /** Same key or id, another body; nothing was stored. */
  | { kind: 'conflict'; messageId: string }
  /** The id belongs to an account the caller may not see. */
  | { kind: 'id_taken' }
  | { kind: 'account_missing' }
  | { kind: 'account_disabled' };

export type MessageStatusView = {
  messageId: string;
  accountId: string;
  conversationId: string;
  channel: string;
  status: MessageStatus;
  /** Counted attempts beyond the first. */
  retryCount: number;
  possibleDuplicate: boolean;
  platformMessageId: string | null;
  createdAt: Date;
  nextAttemptAt: Date | null;
  waitReason: string | null;
  error: { code: string; message: string } | null;
  transitions: TransitionView[];
  /** Failed attempts with the platform's own words. */
  errors: AttemptErrorView[];
  parts: { part: number; status: 'pending' | 'sent'; platformMessageId: string | null }[];
};

export type TransitionView = {
  status: MessageStatus | 'requeued';
  at: Date;
  source: TransitionSource;
  attempt: number | null;
  errorClass: string | null;
  errorCode: string | null;
};

export type AttemptErrorView = {
  attempt: number;
  part: number;
  at: Date;
  class: string;
  code: string;
  message: string;
};

export type MessageStore = {
  /** Stores the message, its first transition and its place in the lane, in one transaction. */
  accept(message: NewMessage): Promise<AcceptResult>;
  /** Null for an unknown id and for one of an account outside `scope`. */
  findStatus(messageId: string, scope: AccountScope): Promise<MessageStatusView | null>;
};

export type MessageStoreDeps = {
  database: Database;
  /** Cuts a text into the parts that the channel sends one by one. */
  splitText(channel: string, text: string): string[];
};

export function createMessageStore({ database, splitText }: MessageStoreDeps): MessageStore {
  return {
    async accept(message) {
      const known = await findEqual(database, message);
      if (known) return known;
      try {
        return await database.transaction((tx) => insertMessage(tx, message, splitText));
      } catch (error) {
        // Somebody else's request was faster: its row is committed now and decides the answer.
        const faster = error instanceof TakenMeanwhile && (await findEqual(database, message));
        if (!faster) throw error;
        return faster;
      }
    },
    findStatus: (messageId, scope) => findMessageStatus(database, messageId, scope),
  };
}

type KnownMessage = {
  id: string;
  account_id: string;
  conversation_id: string;
  status: MessageStatus;
  created_at: Date;
  body_fingerprint: string | null;
};

/** A message with the same id, or with the same idempotency key in the same account. */
async function findEqual(tx: Transaction, message: NewMessage): Promise<AcceptResult | undefined> {
  if (message.messageId === undefined && message.idempotencyKey === undefined) return undefined;
  const rows = await tx.query<KnownMessage>(
    `select id, account_id, conversation_id, status, created_at, body_fingerprint from messages
      where id = $1 or (account_id = $2 and idempotency_key = $3)`,
    [message.messageId ?? null, message.accountId, message.idempotencyKey ?? null],
  );
  const hidden = rows.some(
    (row) =>
      row.account_id !== message.accountId && !inScope(message.visibleAccounts, row.account_id),
  );
  if (hidden) return { kind: 'id_taken' };
  const [first, second] = rows;
  if (!first) return undefined;
  const equal =
    second === undefined &&
    first.account_id === message.accountId &&
    first.body_fingerprint === fingerprint(message) &&
    (message.messageId === undefined || message.messageId === first.id);
  return equal
    ? { kind: 'replayed', message: acceptedMessage(first) }
    : { kind: 'conflict', messageId: first.id };
}

/**
 * A row with the same id or key was committed in the meantime. Thrown, so that the conversation that
 * was made for the message and its place in the lane go with the transaction.
 */
class TakenMeanwhile extends Error {}

/** Throws {@link TakenMeanwhile}. */
async function insertMessage(
  tx: Transaction,
  message: NewMessage,
  splitText: MessageStoreDeps['splitText'],
): Promise<AcceptResult> {
  const [channel] = await tx.query<{ channel: string }>(
    'select channel from accounts where id = $1 and deleted_at is null',
    [message.accountId],
  );
  if (!channel) return { kind: 'account_missing' };
  const account = { id: message.accountId, channel: channel.channel };
  const { conversationId } = await findOrCreateIdentity(tx, account, message.recipientId);
  const [state] = await tx.query<{ enabled: boolean }>(
    'select enabled from accounts where id = $1 and deleted_at is null for share',
    [message.accountId],
  );
  if (!state) return { kind: 'account_missing' };
  if (!state.enabled) return { kind: 'account_disabled' };
  const [lane] = await tx.query<{ lane_seq: string }>(
    `update conversations set lane_seq = lane_seq + 1, last_activity_at = now()
      where id = $1 returning lane_seq`,
    [conversationId],
  );
  const stored = await storeOutgoing(tx, {
    id: message.messageId ?? randomUUID(),
    account,
    conversationId,
    laneSeq: lane?.lane_seq ?? '0',
    source: 'api',
    text: message.text,
    parts: splitText(account.channel, message.text),
    idempotencyKey: message.idempotencyKey,
    fingerprint: fingerprint(message),
    traceId: message.traceId,
  });
  if (!stored) throw new TakenMeanwhile();
  return { kind: 'accepted', message: stored };
}

function acceptedMessage(row: KnownMessage): AcceptedMessage {
  return {
    messageId: row.id,
    conversationId: row.conversation_id,
    status: row.status,
    createdAt: row.created_at,
  };
}

/** What makes two requests the same request. */
function fingerprint(message: NewMessage): string {
  const body = JSON.stringify([message.accountId, message.recipientId, message.text]);
  return createHash('sha256').update(body).digest('hex');
}

/** Whether a key that may use `scope` may use this account. */
export function inScope(scope: AccountScope, accountId: string): boolean {
  return scope === '*' || scope.includes(accountId);
}
