import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { accepted, anAccount, outcome, tryOnce } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

describe('telling the CRM what was sent', () => {
  let db: TestStores;
  let account: { id: string };

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    await db.rows('delete from outbox');
    account = await anAccount(db.stores);
  });
  afterAll(() => db.close());

  /** The lanes that the dispatcher would wake now. */
  async function wakeNow(): Promise<{ target: string; rows: number }[]> {
    const woken: { target: string; rows: number }[] = [];
    await db.stores.outbox.claim(50, async (calls) => {
      for (const { kind, target, ids } of calls)
        if (kind === 'events_ready') woken.push({ target, rows: ids.length });
      return new Map(calls.map((call) => [call, 'done' as const]));
    });
    return woken;
  }

  it('waits for the next message of the conversation, and then speaks of both', async () => {
    const recipientId = randomUUID();
    const first = await accepted(db.stores, account.id, { recipientId });
    const second = await accepted(db.stores, account.id, { recipientId });
    await tryOnce(db.stores, first.messageId, outcome.sent('mid-1'));
    expect(await wakeNow()).toEqual([]);
    await tryOnce(db.stores, second.messageId, outcome.sent('mid-2'));
    expect(await wakeNow()).toEqual([{ target: first.conversationId, rows: 2 }]);
    expect(await wakeNow()).toEqual([]);
  });

  it.each([
    ['half a second when messages pass quickly', '0 seconds', 500],
    ['as long as three messages take when they pass slowly', '1 second', 3_000],
    ['never longer than five seconds', '1 hour', 5_000],
  ])('waits %s', async (_, taken, expectedMs) => {
    const recipientId = randomUUID();
    const { messageId } = await accepted(db.stores, account.id, { recipientId });
    await accepted(db.stores, account.id, { recipientId });
    await db.rows(
      'update messages set became_head_at = now() - $2::interval where id = $1',
      messageId,
      taken,
    );
    await tryOnce(db.stores, messageId, outcome.sent(randomUUID()));
    const waitMs = await db.value<number>(
      `select extract(epoch from not_before - created_at)::float8 * 1000
         from outbox where kind = 'events_ready'`,
    );
    expect(waitMs).toBeGreaterThanOrEqual(expectedMs);
    expect(waitMs).toBeLessThan(expectedMs + 1_500);
  });

  it('speaks at once when the conversation has nothing more to send', async () => {
    const { messageId, conversationId } = await accepted(db.stores, account.id);
    await tryOnce(db.stores, messageId, outcome.sent('mid-4'));
    expect(await wakeNow()).toEqual([{ target: conversationId, rows: 1 }]);
  });
});
