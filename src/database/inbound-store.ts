import { randomUUID } from 'node:crypto';
import type { ChannelEvent } from '../channels/channel.ts';
import { wellFormed } from '../domain/well-formed.ts';
import {
  findIdentity,
  findOrCreateIdentity,
  idsOf,
  type Identity,
} from './receiving/conversation-identity.ts';
import type { Database, Transaction } from './database.ts';
import { noteEvidence } from './receiving/evidence.ts';
import { applyEvent, type InboundAccount } from './receiving/inbound-event.ts';
import { lockConversations, lockPlatformIds } from './lane.ts';
import { readCallbackData } from './receiving/platform-status.ts';

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

export function createInboundStore(database: Database): InboundStore {
  return {
    async receive(request) {
      const events = request.events.map(wellFormed);
      const result = await database.transaction((tx) => keepRequest(tx, { ...request, events }));
      for (const accountId of result.proved) await noteEvidence(database, accountId);
      return result;
    },
  };
}

type KeptRequest = InboundResult & { proved: string[] };

async function keepRequest(tx: Transaction, request: InboundRequest): Promise<KeptRequest> {
  const accounts = await findAccounts(tx, request);
  const identities = await lockLanes(tx, request, accounts);
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

/** Takes all locks of the batch in the agreed order, and finds or makes its conversations. */
async function lockLanes(
  tx: Transaction,
  request: InboundRequest,
  accounts: Map<string, InboundAccount>,
): Promise<Map<ChannelEvent, Identity>> {
  const known = request.events.flatMap((event) => {
    const account = accounts.get(event.accountExternalId ?? '');
    return account ? [{ account, event }] : [];
  });
  // By account id, as every other batch does it.
  const sorted = known.toSorted((a, b) => (a.account.id < b.account.id ? -1 : 1));
  const byAccount = Map.groupBy(sorted, ({ account }) => account);
  for (const [account, entries] of byAccount)
    await lockPlatformIds(
      tx,
      account.id,
      entries.flatMap(({ event }) => lockedIds(event)),
    );
  const identities = new Map<ChannelEvent, Identity>();
  for (const { account, event } of known) {
    if (!('customer' in event) || !event.customer) continue;
    const identity =
      event.kind === 'message' || event.kind === 'echo'
        ? await findOrCreateIdentity(tx, account, event.customer)
        : await findIdentity(tx, account.id, event.customer);
    if (identity) identities.set(event, identity);
  }
  await tx.query('select id from accounts where id = any($1) order by id for share', [
    [...byAccount.keys()].map((account) => account.id),
  ]);
  const conversations = [...identities.values()].map(({ conversationId }) => conversationId);
  for (const [account, entries] of byAccount)
    conversations.push(
      ...(await conversationsOf(
        tx,
        account.id,
        entries.map(({ event }) => event),
      )),
    );
  await lockConversations(tx, conversations);
  return identities;
}

/** Conversations of messages that the batch names by the platform's ids, or by what we sent along. */
async function conversationsOf(tx: Transaction, accountId: string, events: ChannelEvent[]) {
  const rows = await tx.query<{ conversation_id: string }>(
    `select m.conversation_id from message_parts p join messages m on m.id = p.message_id
      where p.account_id = $1 and p.platform_message_id = any($2)
      union
     select conversation_id from messages where account_id = $1 and id = any($3::uuid[])`,
    [accountId, events.flatMap(platformIds), events.flatMap(ownIds)],
  );
  return rows.map((row) => row.conversation_id);
}

function ownIds(event: ChannelEvent): string[] {
  const callback = event.kind === 'status' && readCallbackData(event.callbackData);
  return callback ? [callback.messageId] : [];
}

function platformIds(event: ChannelEvent): string[] {
  return 'platformMessageId' in event ? [event.platformMessageId] : [];
}

/** A customer's ids are locked beside the message's: the first message of a stranger makes rows. */
function lockedIds(event: ChannelEvent): string[] {
  const customer = 'customer' in event && event.customer ? idsOf(event.customer) : [];
  const next = event.kind === 'identity_changed' ? [event.newExternalId] : [];
  return [...platformIds(event), ...customer, ...next];
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
      sorted.map(({ event }) => event.kind),
      sorted.map(({ event }) => platformIds(event)[0] ?? ''),
    ],
  );
  if (inserted.length > 0)
    await tx.query(
      'insert into inbound_requests (id, channel, body, trace_id) values ($1, $2, $3, $4)',
      [requestId, request.channel, request.body, request.traceId],
    );
  const idOf = new Map(inserted.map((row) => [`${row.account_key}|${row.event_key}`, row.id]));
  return request.events.flatMap((event) => {
    const key = `${keyOf(event)}|${event.key}`;
    const eventId = idOf.get(key);
    // The same event twice in one batch is taken once.
    idOf.delete(key);
    return eventId === undefined ? [] : [{ eventId, event }];
  });
}
