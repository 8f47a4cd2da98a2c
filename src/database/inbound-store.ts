import { randomUUID } from 'node:crypto';
import type { ChannelEvent, ChannelRegistry } from '../channels/channel.ts';
import { wellFormed } from '../domain/well-formed.ts';
import type { Database, Transaction } from './database.ts';
import type { InboundAccount } from './receiving/customer-event.ts';
import { noteEvidence } from './receiving/evidence.ts';
import { applyEvent } from './receiving/inbound-event.ts';
import { lockLanes, platformIds } from './receiving/lock-lanes.ts';
import { keptKind, noteRepeated } from './receiving/repeated.ts';

export type InboundRequest = {
  channel: string;
  /** The reorder window of the channel, milliseconds. */
  reorderWindowMs: number;
  body: Buffer;
  events: ChannelEvent[];
  traceId: string;
};

export type InboundResult = {
  /** Events seen for the first time. */
  stored: number;
  duplicates: number;
  unreadable: number;
  /** Accounts and messages touched, for the log. */
  messages: { messageId: string; accountId: string; conversationId: string }[];
};

export type InboundStore = {
  /** Keeps a platform's webhook in one transaction. Throws only if PostgreSQL cannot keep it. */
  receive(request: InboundRequest): Promise<InboundResult>;
};

export type InboundStoreDeps = { database: Database; channels: ChannelRegistry };

export function createInboundStore({ database, channels }: InboundStoreDeps): InboundStore {
  return {
    async receive(request) {
      const events = request.events.map(wellFormed);
      const result = await database.transaction((tx) =>
        keepRequest(tx, { ...request, events }, channels),
      );
      for (const accountId of result.proved) await noteEvidence(database, accountId);
      return result;
    },
  };
}

type KeptRequest = InboundResult & { proved: string[] };

async function keepRequest(
  tx: Transaction,
  request: InboundRequest,
  channels: ChannelRegistry,
): Promise<KeptRequest> {
  const accounts = await findAccounts(tx, request);
  const identities = await lockLanes(tx, request.events, accounts);
  const fresh = await insertEvents(tx, request, accounts);
  const result: KeptRequest = {
    stored: fresh.length,
    duplicates: request.events.length - fresh.length,
    unreadable: fresh.filter(({ event }) => event.kind === 'unreadable').length,
    messages: [],
    proved: [],
  };
  for (const { eventId, event } of fresh) {
    const account = accounts.get(event.accountExternalId ?? '');
    if (!account) continue;
    const applied = await applyEvent(tx, {
      event,
      eventId,
      account,
      identity: identities.get(event),
      channel: channels.get(request.channel),
      reorderWindowMs: request.reorderWindowMs,
      traceId: request.traceId,
    });
    if (applied.messageId !== null && applied.conversationId !== null)
      result.messages.push({
        messageId: applied.messageId,
        accountId: account.id,
        conversationId: applied.conversationId,
      });
    if (applied.proved && !result.proved.includes(account.id)) result.proved.push(account.id);
  }
  return result;
}

async function findAccounts(
  tx: Transaction,
  request: InboundRequest,
): Promise<Map<string, InboundAccount>> {
  const ids = request.events.map((event) => event.accountExternalId).filter((id) => id !== null);
  const rows = await tx.query<{ id: string; external_id: string }>(
    `select id, external_id from accounts
      where channel = $1 and external_id = any($2) and deleted_at is null order by id`,
    [request.channel, [...new Set(ids)]],
  );
  return new Map(
    rows.map((row) => [
      row.external_id,
      { id: row.id, externalId: row.external_id, channel: request.channel },
    ]),
  );
}

/** Keeps the raw bytes once, and one row per event that was not here before. */
async function insertEvents(
  tx: Transaction,
  request: InboundRequest,
  accounts: Map<string, InboundAccount>,
): Promise<{ eventId: string; event: ChannelEvent }[]> {
  const requestId = randomUUID();
  const keyOf = (event: ChannelEvent) =>
    accounts.get(event.accountExternalId ?? '')?.id ?? `unknown:${event.accountExternalId ?? ''}`;
  // Sorted, so that two batches with the same events wait for each other instead of deadlocking.
  const sorted = request.events
    .map((event) => ({ event, accountKey: keyOf(event) }))
    .sort((a, b) => (a.accountKey + a.event.key < b.accountKey + b.event.key ? -1 : 1));
  const inserted = await tx.query<{ id: string; account_key: string; event_key: string }>(
    `insert into inbound_events (channel, account_key, event_key, request_id, kind, platform_message_id)
     select $1, account_key, event_key, $2, kind, nullif(platform_id, '')
       from unnest($3::text[], $4::text[], $5::text[], $6::text[])
            as events (account_key, event_key, kind, platform_id)
     on conflict do nothing returning id, account_key, event_key`,
    [
      request.channel,
      requestId,
      sorted.map(({ accountKey }) => accountKey),
      sorted.map(({ event }) => event.key),
      sorted.map(({ event }) => keptKind(event)),
      sorted.map(({ event }) => platformIds(event)[0] ?? ''),
    ],
  );
  const idOf = new Map(inserted.map((row) => [`${row.account_key}|${row.event_key}`, row.id]));
  if (inserted.length > 0) {
    await tx.query(
      'insert into inbound_requests (id, channel, body, trace_id) values ($1, $2, $3, $4)',
      [requestId, request.channel, request.body, request.traceId],
    );
    const repeated = sorted.filter(
      ({ accountKey, event }) => !idOf.has(`${accountKey}|${event.key}`),
    );
    await noteRepeated(tx, { requestId, channel: request.channel }, repeated);
  }
  return request.events.flatMap((event) => {
    const key = `${keyOf(event)}|${event.key}`;
    const eventId = idOf.get(key);
    // The same event twice in one batch is taken once.
    idOf.delete(key);
    return eventId === undefined ? [] : [{ eventId, event }];
  });
}
