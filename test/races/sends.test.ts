import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '../../src/database/database.ts';
import {
  accepted,
  anAccount,
  aStatus,
  aWebhook,
  beginAttempt,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { holdAt, LOCKS, race, storesOver, withoutLock } from '../support/two-connections.ts';

/** Two transactions that speak of the same message. */
describe('two that meet at a message', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let unlocked: Database;

  beforeAll(async () => {
    db = await openTestStores();
    account = await anAccount(db.stores);
    unlocked = withoutLock(db.database, LOCKS.lane);
  });
  afterAll(() => db.close());

  const aTry = (messageId: string) => ({
    messageId,
    round: 1,
    attemptId: randomUUID(),
    leaseMs: 12_000,
  });
  const attemptsOf = (messageId: string) =>
    db.value<number>('select count(*)::int from send_attempts where message_id = $1', messageId);
  const statusOf = (messageId: string) =>
    db.value<string>('select status from messages where id = $1', messageId);

  async function beginTwice(database: Database) {
    const { messageId } = await accepted(db.stores, account.id);
    const { first, second } = await race(
      db,
      holdAt(db, database, { before: /insert into send_attempts/ }),
      (stores) => stores.sends.begin(aTry(messageId)),
      () => storesOver(db, database).sends.begin(aTry(messageId)),
    );
    return { first, second, attempts: await attemptsOf(messageId) };
  }

  it('lets one of two workers make the call that both want to make', async () => {
    const { first, second, attempts } = await beginTwice(db.database);
    expect(first.do).toBe('send');
    expect(second).toMatchObject({ do: 'wait', reason: 'attempt_in_flight' });
    expect(attempts).toBe(1);
  });

  it('would call the platform twice without the lock', async () => {
    const { first, second, attempts } = await beginTwice(unlocked);
    expect([first.do, second.do]).toEqual(['send', 'send']);
    expect(attempts).toBe(2);
  });

  async function cancelWhileBegun(database: Database, firstIs: 'cancel' | 'begin') {
    const { messageId } = await accepted(db.stores, account.id);
    const other = storesOver(db, database);
    const stop =
      firstIs === 'cancel'
        ? { after: /from send_attempts s[^;]*from messages m/ }
        : { before: /insert into send_attempts/ };
    const held = holdAt(db, database, stop);
    if (firstIs === 'cancel') {
      const both = await race(
        db,
        held,
        (stores) => stores.messageActions.cancel(messageId, '*'),
        () => other.sends.begin(aTry(messageId)),
      );
      return { cancel: both.first.kind, begin: both.second.do };
    }
    const both = await race(
      db,
      held,
      (stores) => stores.sends.begin(aTry(messageId)),
      () => other.messageActions.cancel(messageId, '*'),
    );
    return { cancel: both.second.kind, begin: both.first.do };
  }

  it('makes no call for a message that is cancelled at the same moment', async () => {
    expect(await cancelWhileBegun(db.database, 'cancel')).toEqual({ cancel: 'done', begin: 'end' });
  });

  it('does not cancel a message whose call begins at the same moment', async () => {
    expect(await cancelWhileBegun(db.database, 'begin')).toEqual({
      cancel: 'wrong_state',
      begin: 'send',
    });
  });

  it.each(['cancel', 'begin'] as const)(
    'would say "cancelled" and send it without the lock (%s first)',
    async (firstIs) => {
      expect(await cancelWhileBegun(unlocked, firstIs)).toEqual({ cancel: 'done', begin: 'send' });
    },
  );

  /** The platform says "delivered" of an id that the answer to the call is just bringing. */
  async function statusAndOutcome(database: Database, firstIs: 'status' | 'outcome') {
    const { messageId } = await accepted(db.stores, account.id);
    const { attemptId } = await beginAttempt(db.stores, messageId);
    const id = `mid-${randomUUID()}`;
    const delivered = {
      ...aStatus({ accountExternalId: account.externalId, customer: '', id, status: 'delivered' }),
      customer: null,
    };
    const tell = (stores: TestStores['stores']) => stores.inbound.receive(aWebhook([delivered]));
    const record = (stores: TestStores['stores']) =>
      stores.sends.record({ attemptId, outcome: outcome.sent(id), durationMs: 1 });
    const held = holdAt(db, database, 'before commit');
    const other = storesOver(db, database);
    if (firstIs === 'status') await race(db, held, tell, () => record(other));
    else await race(db, held, record, () => tell(other));
    const parked = await db.value<number>(
      `select count(*)::int from inbound_events
        where platform_message_id = $1 and parked_at is not null`,
      id,
    );
    return { status: await statusOf(messageId), parked };
  }

  it.each(['status', 'outcome'] as const)(
    'applies a status that comes together with the answer to the call (%s first)',
    async (firstIs) => {
      expect(await statusAndOutcome(db.database, firstIs)).toEqual({
        status: 'delivered',
        parked: 0,
      });
    },
  );

  it.each(['status', 'outcome'] as const)(
    'would leave that status to the sweep without the lock (%s first)',
    async (firstIs) => {
      const database = withoutLock(db.database, LOCKS.platformId);
      expect(await statusAndOutcome(database, firstIs)).toEqual({ status: 'sent', parked: 1 });
    },
  );

  /** The platform took the first part, cannot deliver it, and says so while the second is called. */
  async function aFailureInFlight() {
    const { messageId, conversationId } = await accepted(db.stores, account.id, {
      text: 'one|two',
    });
    const id = `mid-${randomUUID()}`;
    await tryOnce(db.stores, messageId, outcome.sent(id));
    const { attemptId } = await beginAttempt(db.stores, messageId);
    const failed = { accountExternalId: account.externalId, customer: 'nobody', id } as const;
    await db.stores.inbound.receive(aWebhook([aStatus({ ...failed, status: 'failed' })]));
    return { messageId, conversationId, attemptId };
  }

  it('does not let the lane go on by a failure while another part is on its way', async () => {
    const { messageId, conversationId, attemptId } = await aFailureInFlight();
    expect(await statusOf(messageId)).toBe('pending');
    expect(
      await db.value('select head_message_id from conversations where id = $1', conversationId),
    ).toBe(messageId);
    await db.stores.sends.record({ attemptId, outcome: outcome.sent(), durationMs: 1 });
    await db.stores.parked.sweep(100);
    expect(await statusOf(messageId)).toBe('failed');
  });

  it('applies a failure that came during a call whose answer was then lost', async () => {
    const { messageId } = await accepted(db.stores, account.id);
    const { attemptId } = await beginAttempt(db.stores, messageId);
    const failed = aStatus({
      accountExternalId: account.externalId,
      customer: 'nobody',
      id: `mid-${randomUUID()}`,
      status: 'failed',
      callbackData: messageId,
    });
    await db.stores.inbound.receive(aWebhook([failed]));
    expect(await statusOf(messageId)).toBe('pending');
    await db.stores.sends.record({ attemptId, outcome: outcome.failed('unknown'), durationMs: 1 });
    expect(await statusOf(messageId)).toBe('failed');
  });
});
