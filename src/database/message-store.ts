import { createHash, randomUUID } from 'node:crypto';
import type { Channel, ChannelRegistry } from '../channels/channel.ts';
import type { MessageStatus, TransitionSource } from '../domain/message.ts';
import type { OutgoingContent } from '../domain/outgoing-content.ts';
import { findOrCreateIdentity } from './receiving/conversation-identity.ts';
import type { Database, Transaction } from './database.ts';
import { findMessageStatus } from './sending/message-status.ts';
import { storeOutgoing } from './sending/outgoing-message.ts';

export type NewMessage = {
  /** Where it goes: to a customer of an account, or on in a conversation. */
  to: { accountId: string; recipientId: string } | { conversationId: string };
  content: OutgoingContent;
  /** Our message of the same conversation that it answers, reacts to or edits. */
  refersToId?: string | undefined;
  /** The CRM's own name for who sends it. */
  agentId?: string | undefined;
  /** Where the caller counts on a channel. */
  channel?: string | undefined;
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
  | { kind: 'account_disabled' }
  | { kind: 'conversation_missing' }
  /** There is no such message in the conversation. */
  | { kind: 'target_missing' }
  | { kind: 'channel_mismatch'; channel: string }
  /** The platform has no such recipients. */
  | { kind: 'recipient_invalid'; channel: string }
  /** The platform would take none of it. */
  | ({ kind: 'content_refused' } & Refusal);

/** Which member of the content is at fault, and why. */
export type Refusal = { pointer: string; code: string; detail: string };

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

export type MessageStoreDeps = { database: Database; channels: ChannelRegistry };

export function createMessageStore({ database, channels }: MessageStoreDeps): MessageStore {
  return {
    async accept(message) {
      const known = await findEqual(database, message);
      if (known) return known;
      try {
        return await database.transaction((tx) => insertMessage(tx, message, channels));
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
  const accountId = await accountOf(tx, message);
  if (accountId === undefined || !inScope(message.visibleAccounts, accountId)) return undefined;
  const rows = await tx.query<KnownMessage>(
    `select id, account_id, conversation_id, status, created_at, body_fingerprint from messages
      where id = $1 or (account_id = $2 and idempotency_key = $3)`,
    [message.messageId ?? null, accountId, message.idempotencyKey ?? null],
  );
  const hidden = rows.some(
    (row) => row.account_id !== accountId && !inScope(message.visibleAccounts, row.account_id),
  );
  if (hidden) return { kind: 'id_taken' };
  const [first, second] = rows;
  if (!first) return undefined;
  const equal =
    second === undefined &&
    first.account_id === accountId &&
    first.body_fingerprint === fingerprint(message) &&
    (message.messageId === undefined || message.messageId === first.id);
  return equal
    ? { kind: 'replayed', message: acceptedMessage(first) }
    : { kind: 'conflict', messageId: first.id };
}

async function accountOf(tx: Transaction, { to }: NewMessage): Promise<string | undefined> {
  if ('accountId' in to) return to.accountId;
  const [row] = await tx.query<{ account_id: string }>(
    'select account_id from conversations where id = $1',
    [to.conversationId],
  );
  return row?.account_id;
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
  channels: ChannelRegistry,
): Promise<AcceptResult> {
  const account = await findAccount(tx, message);
  if ('kind' in account) return account;
  const channel = channels.get(account.channel);
  if (message.channel !== undefined && message.channel !== account.channel)
    return { kind: 'channel_mismatch', channel: account.channel };
  const plan = channel.planSend(message.content);
  if ('refused' in plan) return { kind: 'content_refused', ...plan.refused };
  const conversationId = await findConversation(tx, message, account, channel);
  if (conversationId === null) return { kind: 'recipient_invalid', channel: account.channel };
  const [state] = await tx.query<{ enabled: boolean }>(
    'select enabled from accounts where id = $1 and deleted_at is null for share',
    [account.id],
  );
  if (!state) return { kind: 'account_missing' };
  if (!state.enabled) return { kind: 'account_disabled' };
  const laneSeq = await takePlace(tx, conversationId);
  if (message.refersToId !== undefined && !(await isIn(tx, conversationId, message.refersToId)))
    return { kind: 'target_missing' };
  const stored = await storeOutgoing(tx, {
    ...message,
    id: message.messageId ?? randomUUID(),
    account,
    conversationId,
    laneSeq,
    source: 'api',
    parts: plan.parts,
    fingerprint: fingerprint(message),
  });
  if (!stored) throw new TakenMeanwhile();
  return { kind: 'accepted', message: stored };
}

type Account = { id: string; channel: string };
type Missing = { kind: 'account_missing' } | { kind: 'conversation_missing' };

async function findAccount(tx: Transaction, message: NewMessage): Promise<Account | Missing> {
  const { to, visibleAccounts } = message;
  const accountId = await accountOf(tx, message);
  const mayUse = accountId !== undefined && inScope(visibleAccounts, accountId);
  if (!mayUse) return { kind: 'accountId' in to ? 'account_missing' : 'conversation_missing' };
  const [row] = await tx.query<{ channel: string }>(
    'select channel from accounts where id = $1 and deleted_at is null',
    [accountId],
  );
  return row ? { id: accountId, channel: row.channel } : { kind: 'account_missing' };
}

/** Null where the channel has no such recipients. */
async function findConversation(
  tx: Transaction,
  { to }: NewMessage,
  account: Account,
  channel: Channel,
): Promise<string | null> {
  if ('conversationId' in to) return to.conversationId;
  const address = channel.parseRecipient(to.recipientId);
  return address && (await findOrCreateIdentity(tx, account, address)).conversationId;
}

/** The next place in the lane; locks the conversation. */
async function takePlace(tx: Transaction, conversationId: string): Promise<string> {
  const [lane] = await tx.query<{ lane_seq: string }>(
    `update conversations set lane_seq = lane_seq + 1, last_activity_at = now()
      where id = $1 returning lane_seq`,
    [conversationId],
  );
  return lane?.lane_seq ?? '0';
}

async function isIn(tx: Transaction, conversationId: string, messageId: string): Promise<boolean> {
  const [row] = await tx.query('select 1 from messages where id = $1 and conversation_id = $2', [
    messageId,
    conversationId,
  ]);
  return row !== undefined;
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
function fingerprint({ to, content, refersToId, agentId, channel }: NewMessage): string {
  const rest = [refersToId ?? null, agentId ?? null, channel ?? null];
  // A plain text is the same request whichever operation took it, also one of an older release.
  const plain =
    content.type === 'text' && 'accountId' in to && rest.every((member) => member === null);
  const body = JSON.stringify(
    plain ? [to.accountId, to.recipientId, content.text] : [to, content, ...rest],
  );
  return createHash('sha256').update(body).digest('hex');
}

/** Whether a key that may use `scope` may use this account. */
export function inScope(scope: AccountScope, accountId: string): boolean {
  return scope === '*' || scope.includes(accountId);
}
