import type { Database, Transaction } from './database.ts';
import { addStatusEvent } from './delivering/crm-events.ts';
import { lockConversations } from './lane.ts';

export type DelayStore = {
  /**
   * Tells the CRM, once each, of messages that have waited for over a minute and nobody was told of:
   * above all those that stand behind another. Answers how many; at most `limit`, the oldest first.
   */
  announce(limit: number): Promise<number>;
};

const OVERDUE = `m.direction = 'out' and m.resolved_at is null and m.delayed_at is null
  and m.queued_at < now() - interval '1 minute'`;

export function createDelayStore(database: Database): DelayStore {
  return {
    async announce(limit) {
      // Each one that is found leaves the index by being told of: none hides those behind it.
      const overdue = await database.query<{ id: string; conversation_id: string }>(
        `select m.id, m.conversation_id from messages m
          where ${OVERDUE} order by m.queued_at limit $1`,
        [limit],
      );
      for (const { id, conversation_id } of overdue)
        await database.transaction((tx) => announceDelay(tx, id, conversation_id));
      return overdue.length;
    },
  };
}

async function announceDelay(tx: Transaction, id: string, conversationId: string): Promise<void> {
  await lockConversations(tx, [conversationId]);
  const [told] = await tx.query(
    `update messages m set delayed_at = now() where m.id = $1 and ${OVERDUE} returning m.id`,
    [id],
  );
  if (told) await addStatusEvent(tx, id, 'message.delayed');
}
