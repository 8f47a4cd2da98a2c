import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { orderEvents, type QueuedEvent } from '../../src/domain/event-order.ts';
import {
  accepted,
  anAccount,
  aWebhook,
  customerMessage,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { countDeadlocks, eventsOf, openTestStores, type TestStores } from '../support/database.ts';

describe('the order in which the CRM is told', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };

  beforeAll(async () => {
    db = await openTestStores();
    account = await anAccount(db.stores);
  });
  afterAll(() => db.close());

  const next = (lane: string) => db.stores.deliveries.next(lane, { skipProfile: true });

  /** Takes everything that is in the lane; answers the ids as they would have gone out. */
  async function drain(lane: string): Promise<string[]> {
    const ids = [];
    for (let found = await next(lane); found.do === 'post'; found = await next(lane)) {
      ids.push(found.event.id);
      await db.rows(
        `update webhook_deliveries set state = 'delivered' where id = $1`,
        found.event.id,
      );
    }
    return ids;
  }

  async function conversation(): Promise<string> {
    return (await accepted(db.stores, account.id)).conversationId;
  }

  type Queued = Omit<QueuedEvent, 'id' | 'arrival'>;
  const queues: fc.Arbitrary<Queued[]> = fc.array(
    fc.record({
      fromCustomer: fc.boolean(),
      platformTimeMs: fc.option(fc.integer({ min: 0, max: 4 }).map((step) => 1e12 + step)),
      storedAtMs: fc.integer({ min: 0, max: 4 }).map((step) => 1e12 + step),
    }),
    { minLength: 1, maxLength: 7 },
  );

  async function store(lane: string, queue: Queued[]): Promise<QueuedEvent[]> {
    const events = queue.map((each, arrival) => ({ ...each, arrival, id: `whd_${randomUUID()}` }));
    await db.rows(
      `insert into webhook_deliveries
         (id, account_id, lane_id, conversation_id, type, from_customer, platform_time, stored_at,
          held_until, arrival, data)
       select id, $1, $2, $2, 'message.received', from_customer, platform_time, stored_at,
              stored_at, arrival, '{}'
         from jsonb_to_recordset($3) as events (id text, from_customer boolean,
              platform_time timestamptz, stored_at timestamptz, arrival bigint)`,
      account.id,
      lane,
      JSON.stringify(
        events.map((event) => ({
          id: event.id,
          from_customer: event.fromCustomer,
          platform_time:
            event.platformTimeMs === null ? null : new Date(event.platformTimeMs).toISOString(),
          stored_at: new Date(event.storedAtMs).toISOString(),
          arrival: event.arrival,
        })),
      ),
    );
    return events;
  }

  it('is what the rule says of the events that are left, for any queue', async () => {
    await fc.assert(
      fc.asyncProperty(queues, async (queue) => {
        const lane = await conversation();
        let left = await store(lane, queue);
        const expected: string[] = [];
        while (left.length > 0) {
          const [head] = orderEvents(left);
          expected.push(head?.id ?? '');
          left = left.filter((event) => event !== head);
        }
        expect(await drain(lane)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('puts right what arrived the wrong way round within the window', async () => {
    const customer = randomUUID();
    const receive = (text: string, at: number) =>
      db.stores.inbound.receive(
        aWebhook([customerMessage({ accountExternalId: account.externalId, customer, text, at })], {
          reorderWindowMs: 60_000,
        }),
      );
    const { messages } = await receive('written second', 2_000);
    await receive('written first', 1_000);
    const lane = messages[0]?.conversationId ?? '';
    const waiting = await next(lane);
    expect(waiting).toMatchObject({ do: 'wait', reason: 'reorder window' });
    // The window of the first to arrive is what counts, not that of each.
    await db.rows(
      `update webhook_deliveries set held_until = now() - interval '1 second'
        where lane_id = $1 and arrival = 1`,
      lane,
    );
    const order = await drain(lane);
    const rows = await db.rows<{ id: string; data: string }>(
      'select id, data from webhook_deliveries where lane_id = $1',
      lane,
    );
    const texts = order.map((id) => {
      const row = rows.find((each) => each.id === id);
      return (JSON.parse(row?.data ?? '{}') as { text: string }).text;
    });
    expect(texts).toEqual(['written first', 'written second']);
  });

  it('never changes for an event that was begun, whatever arrives later', async () => {
    const lane = await conversation();
    const early = { fromCustomer: true, platformTimeMs: 1e12, storedAtMs: 1e12 };
    const [begun] = await store(lane, [{ ...early, platformTimeMs: 2e12 }]);
    const first = await next(lane);
    await db.rows(`update webhook_deliveries set arrival = 5 where lane_id = $1`, lane);
    await store(lane, [early]);
    expect(await next(lane)).toEqual(first);
    expect((await drain(lane))[0]).toBe(begun?.id);
  });

  it('gives an event that many ask for at once one number', async () => {
    const lane = await conversation();
    await store(lane, [{ fromCustomer: true, platformTimeMs: 1e12, storedAtMs: 1e12 }]);
    const found = await Promise.all(Array.from({ length: 10 }, () => next(lane)));
    expect(new Set(found.map((each) => JSON.stringify(each))).size).toBe(1);
    const last = 'select event_sequence from conversations where id = $1';
    expect(await db.value<string>(last, lane)).toBe('1');
  });

  it('counts the events of the account by themselves, without a deadlock', async () => {
    const own = await anAccount(db.stores);
    const { messageId } = await accepted(db.stores, own.id);
    await tryOnce(db.stores, messageId, outcome.failed('unauthorized'));
    await db.stores.accounts.update(own.id, { enabled: true }, 'test');
    const deadlocks = await countDeadlocks(db, ({ deliveries }) =>
      Promise.all(Array.from({ length: 10 }, () => deliveries.next(own.id))),
    );
    expect(deadlocks).toBe(0);
    expect(await drain(own.id)).toHaveLength(2);
    expect((await eventsOf(db, own.id)).map(({ type, state }) => [type, state])).toEqual([
      ['account.paused', 'delivered'],
      ['account.resumed', 'delivered'],
    ]);
    const bodies = await db.rows<{ body: string }>(
      'select body from webhook_deliveries where lane_id = $1 order by arrival',
      own.id,
    );
    expect(bodies.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'account.paused', account_id: own.id, conversation_id: null, sequence: 1 },
      { type: 'account.resumed', account_id: own.id, conversation_id: null, sequence: 2 },
    ]);
  });
});
