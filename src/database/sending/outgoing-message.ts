import type { AcceptedMessage } from '../message-store.ts';
import type { Transaction } from '../database.ts';
import { advanceLane } from '../lane.ts';
import { addTransition } from './resolve.ts';

export type OutgoingMessage = {
  id: string;
  account: { id: string; channel: string };
  conversationId: string;
  /** From the conversation's counter, raised under its lock. */
  laneSeq: string;
  source: 'api' | 'auto_reply';
  text: string;
  parts: string[];
  idempotencyKey?: string | undefined;
  fingerprint?: string | undefined;
  traceId: string | null;
};

/** Puts a message at the end of its lane. Null when its id or idempotency key is taken. */
export async function storeOutgoing(
  tx: Transaction,
  message: OutgoingMessage,
): Promise<AcceptedMessage | null> {
  const [row] = await tx.query<{ created_at: Date }>(
    `insert into messages
       (id, account_id, conversation_id, direction, source, channel, type, text, status, lane_seq,
        idempotency_key, body_fingerprint, trace_id)
     values ($1, $2, $3, 'out', $4, $5, 'text', $6, 'pending', $7, $8, $9, $10)
     on conflict do nothing returning created_at`,
    [
      message.id,
      message.account.id,
      message.conversationId,
      message.source,
      message.account.channel,
      message.text,
      message.laneSeq,
      message.idempotencyKey ?? null,
      message.fingerprint ?? null,
      message.traceId,
    ],
  );
  if (!row) return null;
  await tx.query(
    `insert into message_parts (message_id, part, account_id, text)
     select $1, part, $2, text from unnest($3::text[]) with ordinality as parts (text, part)`,
    [message.id, message.account.id, message.parts],
  );
  await addTransition(tx, { messageId: message.id, status: 'pending', source: 'api' });
  await advanceLane(tx, message.conversationId);
  return {
    messageId: message.id,
    conversationId: message.conversationId,
    status: 'pending',
    createdAt: row.created_at,
  };
}
