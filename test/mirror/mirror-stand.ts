import { createMirrorBatch, type MirrorBatchStep } from '../../src/activities/mirror-batch.ts';
import { createMysqlTable } from '../../src/crm/mysql/mysql-table.ts';
import type { MysqlSettings } from '../../src/crm/mysql/settings.ts';
import type { CrmTable } from '../../src/crm/mirror.ts';
import type { MirrorStore } from '../../src/database/mirror-store.ts';
import { runActivity } from '../activities/run-activity.ts';
import {
  accepted,
  aLog,
  anAccount,
  aWebhook,
  customerMessage,
  outcome,
  tryOnce,
} from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { createCrmDatabase, type CrmDatabase, type CrmDatabaseOptions } from '../support/mysql.ts';

/** The mirror between a PostgreSQL and a MySQL, without Temporal: a test runs the batches itself. */
export type MirrorStand = {
  db: TestStores;
  crm: CrmDatabase;
  account: { id: string; externalId: string };
  log: ReturnType<typeof aLog>;
  /** Runs the activity once, with what is given in place of its own. */
  run(change?: { table?: CrmTable; mirror?: Partial<MirrorStore> }): Promise<MirrorBatchStep>;
  /** Another way to the same table. */
  tableAt(change: Partial<MysqlSettings>): CrmTable;
  /** The customer writes. */
  receive(customer: string, text: string | null, at?: string): Promise<string>;
  /** The CRM writes, and the platform takes it. */
  send(customer: string, text: string): Promise<string>;
  /** `user_id direction message` of every row of the table, in order. */
  lines(): Promise<string[]>;
  /** How many messages of the queue are in each state. */
  states(): Promise<Record<string, number>>;
  close(): Promise<void>;
};

/** Opens both sides; the CRM's as the options say. */
export async function openMirrorStand(options: CrmDatabaseOptions = {}): Promise<MirrorStand> {
  const crm = await createCrmDatabase(options);
  const db = await openTestStores(crm.env);
  const tables: CrmTable[] = [];
  const tableAt = (change: Partial<MysqlSettings>) => {
    const table = createMysqlTable({ ...crm.settings, ...change });
    tables.push(table);
    return table;
  };
  const own = tableAt({});
  const log = aLog();
  const account = await anAccount(db.stores);
  return {
    db,
    crm,
    account,
    log,
    tableAt,
    run: ({ table = own, mirror = {} } = {}) => {
      const activity = createMirrorBatch({
        mirror: { ...db.stores.mirror, ...mirror },
        crmTable: table,
        lingerMs: 0,
        logger: log,
      });
      return runActivity(() => activity(), undefined);
    },
    async receive(customer, text, at) {
      const event = customerMessage({
        accountExternalId: account.externalId,
        customer,
        text,
        at: at === undefined ? null : Date.parse(at),
      });
      const { messages } = await db.stores.inbound.receive(aWebhook([event]));
      return messages[0]?.messageId ?? '';
    },
    async send(customer, text) {
      const { messageId } = await accepted(db.stores, account.id, { recipientId: customer, text });
      await tryOnce(db.stores, messageId, outcome.sent());
      return messageId;
    },
    async lines() {
      const rows = await crm.rows();
      return rows.map((row) => `${row['user_id']} ${row['direction']} ${row['message']}`);
    },
    async states() {
      const rows = await db.rows<{ state: string; count: number }>(
        'select state, count(*)::int as count from mirror_queue group by state order by state',
      );
      return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    },
    async close() {
      for (const table of tables) await table.close();
      await db.close();
      await crm.drop();
    },
  };
}
