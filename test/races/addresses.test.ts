import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from '../../src/database/database.ts';
import {
  accepted,
  anAccount,
  aWebhook,
  beginAttempt,
  customerMessage,
  outcome,
} from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { holdAt, race, storesOver, type Stop } from '../support/two-connections.ts';

/** Two transactions that learn something new of a customer's ids while a send of theirs is judged. */
describe('two that speak of the ids of one customer', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    customer = randomUUID();
  });
  afterAll(() => db.close());

  const from = (externalId: string, ...aliases: string[]) => ({
    ...customerMessage({ accountExternalId: account.externalId, customer: '' }),
    customer: { externalId, aliases },
  });

  /** Counts how often work is begun: after a deadlock it is begun again. */
  function counting(database: Database) {
    const count = { begun: 0 };
    const counted: Database = {
      query: database.query,
      transaction: (work) =>
        database.transaction((tx) => {
          count.begun += 1;
          return work(tx);
        }),
    };
    return { database: counted, count };
  }

  async function anAttempt() {
    const message = await accepted(db.stores, account.id, { recipientId: customer });
    const { attemptId } = await beginAttempt(db.stores, message.messageId);
    return { ...message, attemptId, durationMs: 1 };
  }

  async function meet(
    stop: Stop,
    record: Parameters<TestStores['stores']['sends']['record']>[0],
    events: ReturnType<typeof from>[],
  ) {
    const { database, count } = counting(db.database);
    const held = holdAt(db, database, stop);
    const { waited } = await race(
      db,
      held,
      ({ sends }) => sends.record(record),
      () => storesOver(db, database).inbound.receive(aWebhook(events)),
    );
    return { waited, begun: count.begun };
  }

  it('do not deadlock when two conversations turn out to be one while the account is throttled', async () => {
    await db.stores.inbound.receive(aWebhook([from(`${customer}-2`)]));
    const attempt = await anAttempt();
    const throttled = outcome.throttled({ retryAfterMs: 1000, scope: 'account' });
    const result = await meet(
      { after: /from accounts where id = \$1 for no key update/ },
      { ...attempt, outcome: throttled },
      [from(`${customer}-2`, customer)],
    );
    expect(result).toEqual({ waited: true, begun: 2 });
    const old = await db.stores.conversations.find(attempt.conversationId, '*');
    expect(old?.supersededBy).not.toBeNull();
  });

  it('do not deadlock when the new id of a migration writes while the send learns of it', async () => {
    const attempt = await anAttempt();
    const newRecipientId = `${customer}-super`;
    const migrated = { class: 'migrated', newRecipientId, code: '400', message: 'Moved.' } as const;
    const result = await meet(
      { after: /from conversations where id = any\(\$1\) order by id for no key update/ },
      { ...attempt, outcome: migrated },
      [from(newRecipientId), from(customer)],
    );
    expect(result).toEqual({ waited: true, begun: 2 });
    const { items } = await db.stores.conversations.list('*', { limit: 5, accountId: account.id });
    expect(items.map(({ id }) => id)).toEqual([attempt.conversationId]);
  });

  it('do not deadlock when another id of the recipient writes while the send learns of it', async () => {
    const attempt = await anAttempt();
    const sent = { class: 'sent', platformMessageId: randomUUID() } as const;
    const result = await meet(
      { after: /from conversations where id = any\(\$1\) order by id for no key update/ },
      { ...attempt, outcome: { ...sent, recipientAlias: `${customer}-alias` } },
      [from(`${customer}-alias`), from(customer)],
    );
    expect(result).toEqual({ waited: true, begun: 2 });
    const { items } = await db.stores.conversations.list('*', { limit: 5, accountId: account.id });
    expect(items.map(({ id }) => id)).toEqual([attempt.conversationId]);
  });
});
