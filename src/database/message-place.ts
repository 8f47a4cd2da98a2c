import type { Database } from './database.ts';
import { readPlaceCursor, readTimeCursor, timeOfMicros } from './page.ts';

const MESSAGE_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a page begins below; null for the first. Throws {@link InvalidCursor}. */
export async function readMessagePlace(
  { query }: Database,
  conversationId: string,
  cursor: string | undefined,
): Promise<string | null> {
  if (cursor === undefined) return null;
  const place = readPlaceCursor(cursor);
  if (place !== null) return place;
  // A cursor of the releases that went by time and id.
  const from = readTimeCursor(cursor, MESSAGE_ID);
  const [below] = await query<{ place: string }>(
    `select position + 1 as place from messages
      where conversation_id = $1 and (created_at, id) < (${timeOfMicros('$2')}, $3::uuid)
      order by created_at desc, id desc limit 1`,
    [conversationId, from?.micros, from?.id],
  );
  return below?.place ?? '0';
}
