import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  accepted,
  aMessage,
  anAccount,
  beginAttempt,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { openTestStores, until, type TestStores } from '../support/database.ts';

describe('the lane of a conversation', () => {
  let db: TestStores;
  let account: { id: string };

  beforeAll(async () => {
    db = await openTestStores();
    account = await anAccount(db.stores);
  });
  afterAll(() => db.close());

  const laneOf = (conversationId: string) =>
    db.rows<{ id: string; lane_seq: string }>(
      'select id, lane_seq from messages where conversation_id = $1 order by lane_seq',
      conversationId,
    );
  const headOf = (conversationId: string) =>
    db.value<string | null>(
      'select head_message_id from conversations where id = $1',
      conversationId,
    );
  const startsOf = (conversationId: string) =>
    db.rows<{ target: string; round: number }>(
      `select o.target, o.round from outbox o join messages m on m.id::text = o.target
        where o.kind = 'send_message' and m.conversation_id = $1 order by o.id`,
      conversationId,
    );

  it('gives 30 messages that come at once places without a gap, one head and one start', async () => {
    const recipientId = randomUUID();
    const results = await Promise.all(
      Array.from({ length: 30 }, () => accepted(db.stores, account.id, { recipientId })),
    );
    const conversations = new Set(results.map(({ conversationId }) => conversationId));
    expect(conversations.size).toBe(1);
    const [conversationId = ''] = conversations;
    const lane = await laneOf(conversationId);
    expect(lane.map(({ lane_seq }) => Number(lane_seq))).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
    expect(await headOf(conversationId)).toBe(lane[0]?.id);
    expect(await startsOf(conversationId)).toEqual([{ target: lane[0]?.id, round: 1 }]);
  });

  it('goes on, message by message, in the order in which they were accepted', async () => {
    const recipientId = randomUUID();
    const sent: string[] = [];
    const given = [];
    for (let index = 0; index < 4; index += 1)
      given.push(await accepted(db.stores, account.id, { recipientId }));
    const conversationId = given[0]?.conversationId ?? '';
    for (let head = await headOf(conversationId); head; head = await headOf(conversationId)) {
      sent.push(head);
      await tryOnce(db.stores, head, outcome.sent());
    }
    expect(sent).toEqual(given.map(({ messageId }) => messageId));
    expect((await startsOf(conversationId)).map(({ target }) => target)).toEqual(sent);
  });

  it('lets only the head be sent', async () => {
    const recipientId = randomUUID();
    await accepted(db.stores, account.id, { recipientId });
    const { messageId } = await accepted(db.stores, account.id, { recipientId });
    expect(
      await db.stores.sends.begin({ messageId, round: 1, attemptId: randomUUID(), leaseMs: 1 }),
    ).toEqual({ do: 'end' });
  });

  it.each(['accept first', 'resolve first'])(
    'is not left stuck when a message is accepted while the head is resolved (%s)',
    async (order) => {
      const recipientId = randomUUID();
      const head = await accepted(db.stores, account.id, { recipientId });
      const { attemptId } = await beginAttempt(db.stores, head.messageId);
      const accept = () => db.stores.messages.accept(aMessage(account.id, { recipientId }));
      const resolve = () =>
        db.stores.sends.record({ attemptId, outcome: outcome.sent(), durationMs: 1 });
      // Both queue for the lane behind a third transaction, so that each meets the other there.
      const lane = await holdLane(head.conversationId);
      const first = order === 'accept first' ? accept() : resolve();
      await until(() => areWaiting(1));
      const second = order === 'accept first' ? resolve() : accept();
      await until(() => areWaiting(2));
      await lane.letGo();
      await Promise.all([first, second]);

      const [, next] = await laneOf(head.conversationId);
      expect(await headOf(head.conversationId)).toBe(next?.id);
      expect((await startsOf(head.conversationId)).map(({ target }) => target)).toEqual([
        head.messageId,
        next?.id,
      ]);
    },
  );

  it('is not left stuck whichever of 40 acceptances and resolutions come first', async () => {
    const recipientIds = Array.from({ length: 20 }, () => randomUUID());
    const heads = await Promise.all(
      recipientIds.map((recipientId) => accepted(db.stores, account.id, { recipientId })),
    );
    await Promise.all(
      heads.flatMap(({ messageId }, index) => [
        resolve(messageId),
        accepted(db.stores, account.id, { recipientId: recipientIds[index] ?? '' }),
      ]),
    );
    for (const { conversationId } of heads) {
      const [, second] = await laneOf(conversationId);
      expect(await headOf(conversationId)).toBe(second?.id);
    }
  });

  async function resolve(messageId: string) {
    await tryOnce(db.stores, messageId, outcome.sent());
  }

  /** Takes the row of a conversation from a connection of its own. */
  async function holdLane(conversationId: string) {
    const client = new pg.Client(db.url);
    await client.connect();
    await client.query('begin');
    await client.query('select id from conversations where id = $1 for no key update', [
      conversationId,
    ]);
    return {
      async letGo() {
        await client.query('commit');
        await client.end();
      },
    };
  }

  async function areWaiting(count: number): Promise<boolean> {
    return (
      (await db.value<number>(
        `select count(*)::int from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      )) === count
    );
  }
});
