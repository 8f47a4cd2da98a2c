import { createHash } from 'node:crypto';
import type { ChannelRegistry } from '../../channels/channel.ts';
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
  content_fingerprint: string | null;
  channel: string;
};

/** A message with the same id, or with the same idempotency key in the same account. */
export async function findEqual(
  tx: { query: Query },
  message: NewMessage,
  channels: ChannelRegistry,
): Promise<AcceptResult | undefined> {
  if (message.messageId === undefined && message.idempotencyKey === undefined) return undefined;
  const accountId = await accountOf(tx, message);
  if (accountId === undefined || !inScope(message.visibleAccounts, accountId)) return undefined;
  const rows = await tx.query<KnownMessage>(
    `select id, account_id, conversation_id, status, position, created_at, body_fingerprint,
            content_fingerprint, channel
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
    (message.messageId === undefined || message.messageId === first.id) &&
    (await isSameRequest(tx, first, message, channels));
  return equal
    ? { kind: 'replayed', message: acceptedMessage(first) }
    : { kind: 'conflict', messageId: first.id };
}

/**
 * Word for word the same, or the same content to the same conversation: that may be named by its id or
 * by a customer of the account, and the customer in several ways.
 */
async function isSameRequest(
  tx: { query: Query },
  known: KnownMessage,
  message: NewMessage,
  channels: ChannelRegistry,
): Promise<boolean> {
  if (known.body_fingerprint === fingerprint(message)) return true;
  if (known.content_fingerprint !== contentFingerprint(message)) return false;
  const { to } = message;
  const ids = 'accountId' in to ? idsOf(channels, known.channel, to.recipientId) : [];
  const [row] = await tx.query<{ is_same: boolean | null }>(
    `select bool_or(coalesce(superseded_by, id) = (
              select coalesce(superseded_by, id) from conversations where id = $1)) as is_same
       from conversations
      where id = any(array(select $2::text union all
                           select conversation_id from external_identities
                            where account_id = $3 and external_id = any($4)))`,
    [
      known.conversation_id,
      'conversationId' in to ? to.conversationId : null,
      known.account_id,
      ids,
    ],
  );
  return row?.is_same === true;
}

function idsOf(channels: ChannelRegistry, channel: string, recipientId: string): string[] {
  const address = channels.has(channel) ? channels.get(channel).parseRecipient(recipientId) : null;
  return address ? [address.externalId, ...(address.aliases ?? [])] : [];
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

/** What a request asks to be sent, wherever it says that it goes. */
export function contentFingerprint({ content, refersToId, agentId }: NewMessage): string {
  const body = JSON.stringify([content, refersToId ?? null, agentId ?? null]);
  return createHash('sha256').update(body).digest('hex');
}

/** What makes two requests the same word for word. */
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
