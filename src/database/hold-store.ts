import type { Database } from './database.ts';
import { lockConversations } from './lane.ts';
import { resolveGivenUp } from './sending/resolve.ts';

export type HoldStore = {
  /**
   * For the first start after PostgreSQL was restored to an earlier point: what is open may have
   * been sent in the time that is lost, so it becomes `unconfirmed` instead of being sent again.
   * Answers how many messages that were.
   */
  holdOpenMessages(): Promise<number>;
};

const HELD = {
  class: 'unknown',
  code: 'outbound_hold',
  message: 'The database was restored: whether this message was sent is not known.',
};

export function createHoldStore(database: Database): HoldStore {
  return {
    async holdOpenMessages() {
      const open = await database.query<{
        id: string;
        account_id: string;
        conversation_id: string;
      }>(
        `select id, account_id, conversation_id from messages
          where direction = 'out' and resolved_at is null order by conversation_id, lane_seq`,
      );
      for (const message of open)
        await database.transaction(async (tx) => {
          await lockConversations(tx, [message.conversation_id]);
          // Another process that was started with it may have been here before.
          const [still] = await tx.query(
            'select 1 from messages where id = $1 and resolved_at is null',
            [message.id],
          );
          if (!still) return;
          await resolveGivenUp(
            tx,
            {
              id: message.id,
              accountId: message.account_id,
              conversationId: message.conversation_id,
            },
            { status: 'unconfirmed', error: HELD, source: 'operator', deadLetter: true },
          );
        });
      return open.length;
    },
  };
}
