import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database, Query } from '../../src/database/database.ts';
import {
  accepted,
  anAccount,
  aText,
  aWebhook,
  beginAttempt,
  customerMessage,
  outcome,
} from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { storesOver } from '../support/two-connections.ts';

const MANY = 10_000;

describe('with many conversations', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  const asked: { sql: string; values: unknown[] }[] = [];

  beforeAll(async () => {
    db = await openTestStores();
    account = await anAccount(db.stores);
    await fill();
    await talk();
  }, 60_000);
  afterAll(() => db.close());

  /** Conversations with a message from each side, all done. */
  async function fill() {
    const steps = [
      `insert into users (id, role) select gen_random_uuid(), 'CUSTOMER' from generate_series(1, ${MANY})`,
      `insert into conversations (id, account_id, channel, recipient_id)
       select 'conv_' || n, '${account.id}', 'instagram', 'c' || n from generate_series(1, ${MANY}) n`,
      `insert into external_identities (id, account_id, external_id, user_id, conversation_id)
       select gen_random_uuid(), '${account.id}', 'c' || n, null, 'conv_' || n
         from generate_series(1, ${MANY}) n`,
      `insert into messages (id, account_id, conversation_id, direction, source, channel, type, text,
                             platform_message_id, resolved_at, lane_seq, status)
       select gen_random_uuid(), '${account.id}', 'conv_' || n, side, 'api', 'instagram', 'text', 'x',
              'mid' || n || side, now(), 1, 'sent'
         from generate_series(1, ${MANY}) n, unnest(array['in', 'out']) side`,
      `insert into message_parts (message_id, part, account_id, text, platform_message_id, sent_at)
       select id, 1, account_id, 'x', platform_message_id, now() from messages where direction = 'out'`,
      'analyze',
    ];
    for (const step of steps) await db.rows(step);
  }

  /** What happens all day, with every statement noted down. */
  async function talk() {
    const noting =
      (query: Query): Query =>
      async <Row>(sql: string, values: readonly unknown[] = []) => {
        asked.push({ sql, values: [...values] });
        return query<Row>(sql, values);
      };
    const noted: Database = {
      query: noting(db.database.query),
      transaction: (work) => db.database.transaction((tx) => work({ query: noting(tx.query) })),
    };
    const stores = storesOver(db, noted);
    const customer = { externalId: 'c7', aliases: ['c7-alias'] };
    const message = customerMessage({ accountExternalId: account.externalId, customer: '' });
    await stores.inbound.receive(aWebhook([{ ...message, customer, replyTo: 'mid7out' }]));
    const group = { externalId: 'group-7' };
    const inGroup = customerMessage({ accountExternalId: account.externalId, customer: '' });
    await stores.inbound.receive(aWebhook([{ ...inGroup, customer: { ...customer, group } }]));
    const { messageId, conversationId } = await accepted(stores, account.id, {
      to: { conversationId: 'conv_7' },
      idempotencyKey: randomUUID(),
    });
    const alias = { class: 'sent', platformMessageId: 'new', recipientAlias: 'c7-b' } as const;
    await beginAttempt(stores, messageId).then(({ attemptId }) =>
      stores.sends.record({ attemptId, outcome: alias, durationMs: 1 }),
    );
    const answer = { refersToId: messageId, content: aText('x'), recipientId: 'c7' };
    const second = await accepted(stores, account.id, answer);
    await beginAttempt(stores, second.messageId).then(({ attemptId }) =>
      stores.sends.record({ attemptId, outcome: outcome.failed('unknown'), durationMs: 1 }),
    );
    await stores.outlooks.ofConversation(conversationId, [account.id]);
    await stores.outlooks.ofCustomer(account.id, customer);
    await stores.outlooks.sentAs(account.id, messageId);
    await stores.received.findNewestReceived(conversationId, [account.id]);
    await stores.received.findAttachment(messageId, 0, [account.id]);
    await stores.deliveries.next(conversationId);
    await stores.conversations.find(conversationId, '*');
    await stores.conversations.findMessage(messageId, [account.id]);
    await stores.conversations.listMessages(conversationId, [account.id], { limit: 50 });
    for (const scope of ['*', [account.id], [account.id, 'acc_other']] as const) {
      await stores.conversations.list(scope, { limit: 50 });
      await stores.conversations.list(scope, { limit: 50, recipientIds: ['c7', '+c7'] });
    }
  }

  it('no statement of the day reads a large table from end to end', async () => {
    const reads = asked.filter(({ sql }) => !/pg_advisory/.test(sql));
    expect(reads.length).toBeGreaterThan(30);
    const scans: string[] = [];
    for (const { sql, values } of reads)
      for (const line of await planOf(sql, values))
        if (
          /Seq Scan on (conversations|external_identities|messages|message_parts|users)/.test(line)
        )
          scans.push(`${line.trim()} in: ${sql.replaceAll(/\s+/g, ' ')}`);
    expect(scans).toEqual([]);
  });

  /** The plan that is kept for any parameters. */
  async function planOf(sql: string, values: unknown[]): Promise<string[]> {
    return db.database.transaction(async ({ query }) => {
      await query('set local plan_cache_mode = force_generic_plan');
      const rows = await query<Record<string, string>>(`explain ${sql}`, values);
      return rows.map((row) => Object.values(row)[0] ?? '');
    });
  }
});
