import { textOf, type OutgoingContent } from '../../domain/outgoing-content.ts';
import type { AcceptedMessage } from '../message-store.ts';
import type { Transaction } from '../database.ts';
import { advanceLane } from '../lane.ts';

export type OutgoingMessage = {
  id: string;
  account: { id: string; channel: string };
  conversationId: string;
  source: 'api' | 'auto_reply';
  content: OutgoingContent;
  /** One call to the platform each. */
  parts: OutgoingContent[];
  /** Our message that it answers, reacts to or edits. */
  refersToId?: string | undefined;
  agentId?: string | undefined;
  idempotencyKey?: string | undefined;
  fingerprint?: string | undefined;
  contentFingerprint?: string | undefined;
  traceId: string | null;
};

/**
 * Puts a message at the end of its lane, which it locks. Null when its id or idempotency key is taken.
 * One statement does it all, because whoever else sends to the same customer waits meanwhile; the next
 * one looks whose turn it is, for it must see what was committed before the lock was granted.
 */
export async function storeOutgoing(
  tx: Transaction,
  message: OutgoingMessage,
): Promise<AcceptedMessage | null> {
  const { content } = message;
  const [row] = await tx.query<{ position: string; created_at: Date }>(STORE, [
    message.id,
    message.account.id,
    message.conversationId,
    message.source,
    message.account.channel,
    content.type,
    textOf(content),
    JSON.stringify(attachmentsOf(content)),
    message.refersToId ?? null,
    message.agentId ?? null,
    message.idempotencyKey ?? null,
    message.fingerprint ?? null,
    message.traceId,
    ...partValues(message.parts),
    message.source === 'api' ? 'api' : 'router',
    message.contentFingerprint ?? null,
  ]);
  if (!row) return null;
  await advanceLane(tx, message.conversationId);
  return {
    messageId: message.id,
    conversationId: message.conversationId,
    status: 'pending',
    position: Number(row.position),
    createdAt: row.created_at,
  };
}

const STORE = `
  with place as (
    update conversations set lane_seq = lane_seq + 1 where id = $3 returning lane_seq),
  stored as (
    insert into messages
       (id, account_id, conversation_id, direction, source, channel, type, text, attachments,
        refers_to_id, agent_id, status, lane_seq, idempotency_key, body_fingerprint, trace_id,
        content_fingerprint)
    select $1::uuid, $2, $3, 'out', $4, $5, $6, $7, $8::jsonb, $9::uuid, $10, 'pending', lane_seq, $11,
           $12, $13, $17
      from place
    on conflict do nothing returning id, account_id, position, created_at),
  parts as (
    insert into message_parts (message_id, part, account_id, text, content)
    select id, part, account_id, text, nullif(content, '')::jsonb
      from stored, unnest($14::text[], $15::text[]) with ordinality as each (text, content, part)),
  transition as (
    insert into message_transitions (message_id, status, at, source)
    select id, 'pending', created_at, $16 from stored)
  select position, created_at from stored`;

/** Puts other parts in the place of those that a message had. */
export async function insertParts(
  tx: Transaction,
  { id, account, parts }: Pick<OutgoingMessage, 'id' | 'parts'> & { account: { id: string } },
): Promise<void> {
  await tx.query(
    `insert into message_parts (message_id, part, account_id, text, content)
     select $1, part, $2, text, nullif(content, '')::jsonb
       from unnest($3::text[], $4::text[]) with ordinality as parts (text, content, part)`,
    [id, account.id, ...partValues(parts)],
  );
}

/** A plain text needs no content beside it: that keeps the rows of most messages small. */
function partValues(parts: OutgoingContent[]): [texts: string[], contents: string[]] {
  return [
    parts.map((part) => textOf(part) ?? ''),
    parts.map((part) => (part.type === 'text' ? '' : JSON.stringify(part))),
  ];
}

function attachmentsOf(content: OutgoingContent) {
  if (!('mediaId' in content)) return [];
  const { type, url, mediaId, fileName, mimeType, sizeBytes } = content;
  return [
    {
      type,
      ...(url === null ? {} : { url }),
      ...(mediaId === null ? {} : { media_id: mediaId }),
      ...(fileName === null ? {} : { file_name: fileName }),
      ...(mimeType === null ? {} : { mime_type: mimeType }),
      ...(sizeBytes === null ? {} : { size_bytes: sizeBytes }),
    },
  ];
}
