import { askedContent } from '../../domain/asked-content.ts';
import type { OutgoingContent } from '../../domain/outgoing-content.ts';
import type { MessageDetailView } from '../conversation-store.ts';
import type { Query } from '../database.ts';
import { scopeParameter, type AccountScope } from '../scope.ts';
import { findSending } from '../sending/message-status.ts';
import { MESSAGES, viewMessages, type MessageRow } from './message-rows.ts';

/** A message of either side, as the history has it, with all that is known of its sending. */
export async function findMessage(
  database: { query: Query },
  id: string,
  scope: AccountScope,
): Promise<MessageDetailView | null> {
  const [row] = await database.query<MessageRow>(
    `${MESSAGES} where m.id = $1 and ($2::text[] is null or m.account_id = any($2))`,
    [id, scopeParameter(scope)],
  );
  if (!row) return null;
  const [[message], sending, content] = await Promise.all([
    viewMessages(database, [row]),
    findSending(database, id, scope),
    findContent(database, row),
  ]);
  if (!message || !sending) return null;
  return { message, sending, idempotencyKey: row.idempotency_key, content };
}

async function findContent({ query }: { query: Query }, row: MessageRow) {
  if (row.direction === 'in' || row.source === 'platform_app' || row.deleted_at !== null)
    return null;
  const [part] = await query<{ content: OutgoingContent | null }>(
    'select content from message_parts where message_id = $1 and part = 1',
    [row.id],
  );
  const { type, text, attachments, refers_to_id: refersToId } = row;
  return askedContent({ type, text, attachments, refersToId, firstPart: part?.content ?? null });
}
