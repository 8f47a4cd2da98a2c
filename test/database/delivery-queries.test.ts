import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DeliveryFilter } from '../../src/database/delivery-query-store.ts';
import { anAccount, anAnswer, aWebhook, customerMessage } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

describe('the webhooks of accounts', () => {
  let db: TestStores;
  let mine: { id: string; externalId: string };
  let theirs: { id: string; externalId: string };
  const ids: string[] = [];

  beforeAll(async () => {
    db = await openTestStores();
    mine = await anAccount(db.stores);
    theirs = await anAccount(db.stores);
    const lane = await receive(mine, 5);
    await receive(theirs, 2);
    await post(lane, 200, 'thanks');
    await post(lane, 503, 'restarting');
    const rows = await db.rows<{ id: string }>(
      'select id from webhook_deliveries where account_id = $1 order by stored_at desc, id desc',
      mine.id,
    );
    ids.push(...rows.map(({ id }) => id));
  });
  afterAll(() => db.close());

  async function receive(account: { externalId: string }, times: number): Promise<string> {
    const customer = randomUUID();
    const events = Array.from({ length: times }, () =>
      customerMessage({ accountExternalId: account.externalId, customer, text: 'canary' }),
    );
    const { messages } = await db.stores.inbound.receive(aWebhook(events, { reorderWindowMs: 0 }));
    return messages[0]?.conversationId ?? '';
  }

  async function post(lane: string, status: number, excerpt: string): Promise<void> {
    const next = await db.stores.deliveries.next(lane, { skipProfile: true });
    if (next.do !== 'post') throw new Error('nothing to post');
    await db.stores.deliveries.record(next.event, anAnswer(status, { excerpt }));
  }

  const list = (scope: '*' | string[], filter: DeliveryFilter = {}, limit = 100) =>
    db.stores.deliveryQueries.list(scope, filter, { limit });

  it('are listed newest first, page by page, without one missing or twice', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await db.stores.deliveryQueries.list([mine.id], {}, { limit: 2, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
    expect(seen).toHaveLength(5);
  });

  it('are those of the key’s accounts, and of one of them', async () => {
    expect((await list('*')).items).toHaveLength(7);
    expect((await list([theirs.id])).items).toHaveLength(2);
    expect((await list([mine.id], { accountId: theirs.id })).items).toEqual([]);
    expect((await list([])).items).toEqual([]);
    expect(await db.stores.deliveryQueries.find(ids[0] ?? '', [theirs.id])).toBeNull();
  });

  it('are narrowed by state, type and time', async () => {
    expect((await list('*', { state: 'delivered' })).items).toMatchObject([
      { accountId: mine.id, sequence: 1, attempts: 1, lastStatusCode: 200 },
    ]);
    expect((await list('*', { type: 'message.sent' })).items).toEqual([]);
    expect((await list('*', { to: new Date(0) })).items).toEqual([]);
    expect((await list('*', { from: new Date(0) })).items).toHaveLength(7);
  });

  it('are looked at with every attempt, and without what they say', async () => {
    const [failed] = (await list([mine.id])).items.filter((each) => each.lastStatusCode === 503);
    const found = await db.stores.deliveryQueries.find(failed?.id ?? '', [mine.id]);
    expect(found).toMatchObject({
      state: 'pending',
      sequence: 2,
      attemptList: [{ statusCode: 503, errorClass: null, excerpt: 'restarting' }],
    });
    expect(JSON.stringify(found)).not.toContain('canary');
  });
});
