import { createHash } from 'node:crypto';
import type { MessageStatus } from '../../domain/message.ts';
import type { Query } from '../database.ts';
import type { AcceptedMessage, AcceptResult, NewMessage } from '../message-store.ts';
import { inScope } from '../scope.ts';

type KnownMessage = {
  id: string;
  account_id: string;
  conversation_id: string;
  status: MessageStatus;
  position: string;
  created_at: Date;
  body_fingerprint: string | null;
};

/** A message with the same id, or with the same idempotency key in the same account. */
export async function findEqual(
  tx: { query: Query },
  message: NewMessage,
): Promise<AcceptResult | undefined> {
  if (message.messageId === undefined && message.idempotencyKey === undefined) return undefined;
  const accountId = await accountOf(tx, message);
  if (accountId === undefined || !inScope(message.visibleAccounts, accountId)) return undefined;
  const rows = await tx.query<KnownMessage>(
    `select id, account_id, conversation_id, status, position, created_at, body_fingerprint
       from messages
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

/** The account that a message goes out from; undefined for an unknown conversation. */
export async function accountOf(
  tx: { query: Query },
  { to }: NewMessage,
): Promise<string | undefined> {
  if ('accountId' in to) return to.accountId;
  const [row] = await tx.query<{ account_id: string }>(
    'select account_id from conversations where id = $1',
    [to.conversationId],
  );
  return row?.account_id;
}

function acceptedMessage(row: KnownMessage): AcceptedMessage {
  return {
    messageId: row.id,
    conversationId: row.conversation_id,
    status: row.status,
    position: Number(row.position),
    createdAt: row.created_at,
  };
}

/** What makes two requests the same request. */
export function fingerprint({ to, content, refersToId, agentId, channel }: NewMessage): string {
  const rest = [refersToId ?? null, agentId ?? null, channel ?? null];
  // A plain text is the same request whichever operation took it, also one of an older release.
  const plain =
    content.type === 'text' && 'accountId' in to && rest.every((member) => member === null);
  const body = JSON.stringify(
    plain ? [to.accountId, to.recipientId, content.text] : [to, content, ...rest],
  );
  return createHash('sha256').update(body).digest('hex');
}
