import type { MessageError } from '../../domain/message.ts';
import type { TransitionView } from '../../domain/transition.ts';
import type { Query } from '../database.ts';

type TransitionRow = TransitionView & { messageId: string };

/** The changes of status of one message, oldest first; late and repeated ones aside. */
export async function findTransitions(
  database: { query: Query },
  messageId: string,
): Promise<TransitionView[]> {
  const found = await findTransitionsOf(database, [messageId]);
  return found.get(messageId) ?? [];
}

/** The same for several messages, by their ids. */
export async function findTransitionsOf(
  { query }: { query: Query },
  messageIds: string[],
): Promise<Map<string, TransitionView[]>> {
  const rows = await query<TransitionRow>(
    `select message_id as "messageId", status, at, source, attempt, error_class as "errorClass",
            error_code as "errorCode"
       from message_transitions where message_id = any($1::uuid[]) and applied order by id`,
    [messageIds],
  );
  return Map.groupBy(rows, (row) => row.messageId);
}

/** Why a message stands as `failed` or `unconfirmed`; null while nothing is wrong with it. */
export function errorOf(row: {
  error_class: string | null;
  error_code: string | null;
  error_message: string | null;
}): MessageError | null {
  const { error_class: cls, error_code: code, error_message: message } = row;
  if (cls === null && code === null) return null;
  return { class: cls ?? 'refused', code: code ?? '', message: message ?? '' };
}
