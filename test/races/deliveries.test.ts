import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '../../src/database/database.ts';
import type { OutboxCall, OutboxStore } from '../../src/database/outbox-store.ts';
import { anAccount, anAnswer, aWebhook, customerMessage } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { holdAt, LOCKS, race, storesOver, withoutLock } from '../support/two-connections.ts';

describe('two that meet at an endpoint or in the outbox', () => {
  let db: TestStores;

  beforeAll(async () => {
    db = await openTestStores();
  });
  afterAll(() => db.close());

  /** A customer writes; gives the lane of the event that the CRM is to get. */
  async function anEvent(account: { externalId: string }): Promise<string> {
    const event = customerMessage({
      accountExternalId: account.externalId,
      customer: randomUUID(),
    });
    const { messages } = await db.stores.inbound.receive(aWebhook([event]));
    return messages[0]?.conversationId ?? '';
  }

  /** The CRM is back, which wakes every lane; meanwhile one gets its first event and looks. */
  async function closeWhileLaneBegins(database: Database) {
    const account = await anAccount(db.stores);
    const probed = await db.stores.deliveries.next(await anEvent(account), { skipProfile: true });
    if (probed.do !== 'post') throw new Error('the event cannot be posted');
    await db.rows(
      `update webhook_endpoints
          set breaker_state = 'open', failures = 10, next_probe_at = now() + interval '1 hour'
        where account_id = $1`,
      account.id,
    );
    let lane = '';
    const { second } = await race(
      db,
      holdAt(db, database, 'before commit'),
      (stores) => stores.deliveries.record(probed.event, anAnswer(200)),
      async () => {
        lane = await anEvent(account);
        return storesOver(db, database).deliveries.next(lane, { skipProfile: true });
      },
    );
    const wakes = await db.value<number>(
      `select count(*)::int from outbox where kind = 'wake_lane' and target = $1`,
      lane,
    );
    return { next: second, wakes };
  }

  it('does not let a conversation begin to wait for an endpoint that is just back', async () => {
    expect(await closeWhileLaneBegins(db.database)).toMatchObject({ next: { do: 'post' } });
  });

  it('would leave it waiting with nobody to wake it without the lock', async () => {
    const database = withoutLock(db.database, LOCKS.endpoint);
    expect(await closeWhileLaneBegins(database)).toEqual({
      next: { do: 'wait', delayMs: null, reason: 'endpoint down' },
      wakes: 0,
    });
  });

  it('goes on at once when a slower worker delivers what the lane waits to try again', async () => {
    const lane = await anEvent(await anAccount(db.stores));
    const look = (id: string) => db.stores.deliveries.next(id, { skipProfile: true });
    const attempts = [await look(lane), await look(lane)];
    const [slow, quick] = attempts.map((next) => (next.do === 'post' ? next.event : undefined));
    if (!slow || !quick) throw new Error('the event cannot be posted');
    // The lane's workflow goes by this answer, and no new event shortens its wait.
    expect(await db.stores.deliveries.record(quick, anAnswer(410))).toEqual({
      do: 'disable_endpoint',
    });
    await db.rows('delete from outbox where target = $1', lane);
    await db.stores.deliveries.record(slow, anAnswer(200));
    expect(await db.rows('select kind from outbox where target = $1', lane)).toEqual([
      { kind: 'wake_lane' },
    ]);
  });

  it.each([
    ['is down', `breaker_state = 'open', failures = 10`],
    ['is disabled', `disabled_at = now()`],
  ])('looks at its lane again after it delivered to an endpoint that %s', async (_name, state) => {
    const account = await anAccount(db.stores);
    const lane = await anEvent(account);
    const next = await db.stores.deliveries.next(lane, { skipProfile: true });
    if (next.do !== 'post') throw new Error('the event cannot be posted');
    await db.rows(`update webhook_endpoints set ${state} where account_id = $1`, account.id);
    // A second worker looks meanwhile, and its answer is what the workflow goes by.
    expect(await db.stores.deliveries.next(lane, { skipProfile: true })).toMatchObject({
      do: 'wait',
      delayMs: null,
    });
    await db.rows('delete from outbox where target = $1', lane);
    await db.stores.deliveries.record(next.event, anAnswer(200));
    expect(await db.rows('select kind from outbox where target = $1', lane)).toEqual([
      { kind: 'wake_lane' },
    ]);
  });

  /** One row, two dispatchers; the first one's call takes long. */
  async function dispatchTwice(database: Database) {
    await db.rows('delete from outbox');
    const target = await anEvent(await anAccount(db.stores));
    const calls: string[] = [];
    const answered = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const claim = (outbox: OutboxStore, name: string, end: Promise<void>) =>
      outbox.claim(10, async (given) => {
        calls.push(...given.map((call) => `${name} ${call.kind} ${call.target === target}`));
        begun.resolve();
        await end;
        return new Map<OutboxCall, 'done'>(given.map((call) => [call, 'done']));
      });
    const { outbox } = storesOver(db, database);
    const one = claim(outbox, 'one', answered.promise);
    const held = { stores: db.stores, reached: begun.promise, letGo: answered.resolve };
    const { second, waited } = await race(
      db,
      held,
      () => one,
      () => claim(outbox, 'two', Promise.resolve()),
    );
    return { calls, second, waited };
  }

  it('makes a call once when two dispatchers want its row, and holds up neither', async () => {
    expect(await dispatchTwice(db.database)).toEqual({
      calls: ['one events_ready true'],
      second: 0,
      waited: false,
    });
  });

  it('would make the call twice without the lock', async () => {
    const { calls } = await dispatchTwice(withoutLock(db.database, LOCKS.outboxRow));
    expect(calls).toEqual(['one events_ready true', 'two events_ready true']);
  });

  it('would hold up the second dispatcher if it did not pass over locked rows', async () => {
    const { waited } = await dispatchTwice(withoutLock(db.database, LOCKS.skipLocked));
    expect(waited).toBe(true);
  });
});
