import { randomUUID } from 'node:crypto';
import type { ChannelRegistry, Customer, FetchedMessage } from '../channels/channel.ts';
import type { MessageContent } from '../domain/message.ts';
import { raiseAlert, resolveAlert } from './alert.ts';
import type { Database } from './database.ts';
import type { InboundStore } from './inbound-store.ts';

/** A message that a platform announced without saying what it is. */
export type MessageFetch = {
  id: string;
  accountId: string;
  channel: string;
  platformMessageId: string;
};

export type MessageFetchStore = {
  /** Null once something came of it. */
  find(id: string): Promise<MessageFetch | null>;
  /** One more answer that was none; how many there were. */
  countAttempt(id: string): Promise<number>;
  /** Keeps what the platform answered. What its webhook told in the meantime is not told twice. */
  store(id: string, fetched: FetchedMessage): Promise<void>;
  /**
   * Tells the CRM that there is a message that cannot be shown. Where not even its sender is known
   * there is no conversation to tell it in: then an operator is told.
   */
  giveUp(id: string, failure: { code: string; reason: string }): Promise<void>;
  /** Nobody wants it any more: the account is gone. */
  abandon(id: string): Promise<void>;
};

type FetchRow = {
  id: string;
  account_id: string;
  external_id: string;
  channel: string;
  platform_message_id: string;
  customer: Customer | null;
  content: MessageContent | null;
  platform_time: Date | null;
  trace_id: string | null;
};

export type MessageFetchStoreDeps = {
  database: Database;
  inbound: InboundStore;
  channels: ChannelRegistry;
};

export function createMessageFetchStore(deps: MessageFetchStoreDeps): MessageFetchStore {
  const { database, inbound, channels } = deps;

  async function pending(id: string): Promise<FetchRow | undefined> {
    const [row] = await database.query<FetchRow>(
      `select f.id, f.account_id, a.external_id, f.channel, f.platform_message_id, f.customer,
              f.content, f.platform_time, f.trace_id
         from message_fetches f join accounts a on a.id = f.account_id
        where f.id = $1 and f.state = 'pending'`,
      [id],
    );
    return row;
  }

  async function end(id: string, state: 'stored' | 'given_up'): Promise<void> {
    await database.query(
      `update message_fetches set state = $2, customer = null, content = null
        where id = $1 and state = 'pending'`,
      [id, state],
    );
  }

  function receive(row: FetchRow, { event, body }: FetchedMessage) {
    return inbound.receive({
      channel: row.channel,
      reorderWindowMs: channels.get(row.channel).reorderWindowMs,
      body,
      events: [event],
      traceId: row.trace_id ?? randomUUID(),
    });
  }

  return {
    async find(id) {
      const row = await pending(id);
      if (!row) return null;
      const { account_id: accountId, channel, platform_message_id: platformMessageId } = row;
      return { id: row.id, accountId, channel, platformMessageId };
    },
    async countAttempt(id) {
      const [row] = await database.query<{ attempts: number }>(
        'update message_fetches set attempts = attempts + 1 where id = $1 returning attempts',
        [id],
      );
      return row?.attempts ?? 0;
    },
    async store(id, fetched) {
      const row = await pending(id);
      if (!row) return;
      // The message first: a worker that dies between the two does both again, and the event's key
      // makes the second time none.
      await receive(row, fetched);
      await end(id, 'stored');
      await resolveAlert(database, 'message_unreadable', row.account_id);
    },
    async giveUp(id, failure) {
      const row = await pending(id);
      if (!row) return;
      if (row.customer) await receive(row, withoutAnswer(row, row.customer, failure));
      else await raiseAlert(database, 'message_unreadable', row.account_id);
      await end(id, 'given_up');
    },
    abandon: (id) => end(id, 'given_up'),
  };
}

/** What is known without the platform's answer. A key of its own: the real message may still come. */
function withoutAnswer(
  row: FetchRow,
  customer: Customer,
  { code, reason }: { code: string; reason: string },
): FetchedMessage {
  const nothing: MessageContent = {
    type: 'unsupported',
    text: null,
    attachments: [],
    details: { unsupported: { code, reason } },
  };
  const event: FetchedMessage['event'] = {
    kind: 'message',
    key: `unfetched:${row.platform_message_id}`,
    accountExternalId: row.external_id,
    at: row.platform_time?.getTime() ?? null,
    platformMessageId: row.platform_message_id,
    customer,
    content: row.content ?? nothing,
    replyTo: null,
    isStandIn: true,
  };
  return { event, body: Buffer.alloc(0) };
}
