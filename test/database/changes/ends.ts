import { orderEvents } from '../../../src/domain/event-order.ts';
import type { TestStores } from '../../support/database.ts';
import type { End } from './schedule.ts';

/** An event as the CRM reads it. */
export type ToldEvent = { type: string; data: Record<string, unknown> };

/** How a message stands in the rows, in the queue into the CRM's database, and before the CRM. */
export type Found = { row: End; mirror: string | undefined; told: ToldEvent[] };

/** The same of every message of an account, by the number of its conversation. */
export async function findEnds(db: TestStores, accountId: string): Promise<Map<number, Found>> {
  const rows = await db.rows<{
    id: string;
    n: number;
    text: string | null;
    deleted: boolean;
    reactions: { emoji: string }[];
  }>(
    `select id, substring(platform_message_id from '\\d+$')::int as n, text, reactions,
            deleted_at is not null as deleted
       from messages where account_id = $1`,
    accountId,
  );
  const told = await eventsByMessage(db, accountId);
  const mirror = new Map(
    (await db.stores.mirror.listPending(100_000)).map((row) => [row.messageId, row.text]),
  );
  return new Map(
    rows.map(({ id, n, text, deleted, reactions }) => [
      n,
      {
        row: { deleted, text, reaction: reactions[0]?.emoji ?? null },
        mirror: mirror.get(id),
        told: told.get(id) ?? [],
      },
    ]),
  );
}

type EventRow = {
  id: string;
  message_id: string;
  type: string;
  data: string;
  arrival: string;
  from_customer: boolean;
  platform_time: Date | null;
  stored_at: Date;
};

/** In the order in which the CRM will be told, as long as it was told of nothing. */
async function eventsByMessage(
  db: TestStores,
  accountId: string,
): Promise<Map<string, ToldEvent[]>> {
  const rows = await db.rows<EventRow>(
    `select id, message_id, type, data, arrival, from_customer, platform_time, stored_at
       from webhook_deliveries where account_id = $1 and state <> 'discarded'`,
    accountId,
  );
  const queued = rows.map((row) => ({
    id: row.id,
    arrival: Number(row.arrival),
    fromCustomer: row.from_customer,
    platformTimeMs: row.platform_time?.getTime() ?? null,
    storedAtMs: row.stored_at.getTime(),
    row,
  }));
  const ofMessage = Map.groupBy(queued, ({ row }) => row.message_id);
  return new Map(
    [...ofMessage].map(([id, events]) => [id, orderEvents(events).map(({ row }) => told(row))]),
  );
}

function told({ type, data }: EventRow): ToldEvent {
  return { type, data: JSON.parse(data) as ToldEvent['data'] };
}

/**
 * What a CRM knows in the end that believes whatever it was told last. Throws where it is told more
 * of a deleted message, or of an edit that is older than the one before.
 */
export function believed(events: ToldEvent[]): End {
  const end: End = { deleted: false, text: null, reaction: null };
  let editedAt = '';
  for (const { type, data } of events) {
    if (end.deleted) throw new Error(`${type} after message.deleted`);
    if (type === 'message.edited') {
      if (String(data['timestamp']) < editedAt) throw new Error('an older edit');
      editedAt = String(data['timestamp']);
    }
    if (type === 'message.reaction')
      end.reaction = data['action'] === 'react' ? String(data['emoji']) : null;
    else end.text = data['text'] as string | null;
    if (type === 'message.deleted') Object.assign(end, { deleted: true, reaction: null });
  }
  return end;
}
