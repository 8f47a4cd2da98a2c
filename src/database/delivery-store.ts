import type { WebhookAnswer } from '../crm/webhook.ts';
import type { CrmEventEnvelope, CrmEventType } from '../domain/crm-event.ts';
import type { WebhookVerdict } from '../domain/webhook-policy.ts';
import { openHeaders, openSecrets } from './accounts/account-secrets.ts';
import type { Database, Transaction } from './database.ts';
import { recordAttempt, type AttemptRules } from './delivering/delivery-attempt.ts';
import {
  findHead,
  findSender,
  lockEndpoint,
  lockLane,
  ENDPOINT_DOWN,
  whyNot,
  type EndpointRow,
  type HeadRow,
  type HeadWait,
  type Sender,
} from './delivering/delivery-head.ts';
import { takeProbe } from './delivering/endpoint-breaker.ts';
import type { KeyRing } from './key-ring.ts';

/** One event that may be posted now, with its bytes frozen. */
export type ReadyEvent = {
  id: string;
  accountId: string;
  conversationId: string | null;
  messageId: string | null;
  type: CrmEventType;
  body: string;
  url: string;
  urlVersion: number;
  secrets: string[];
  /** What the receiver asks for beside the signature. */
  headers: Record<string, string>;
  attempts: number;
  /** When the router learned of it. */
  storedAt: Date;
  /** The one attempt of an event that was given up before. */
  replay: boolean;
  traceId: string | null;
};

export type NextEvent =
  | { do: 'post'; event: ReadyEvent }
  /** Nothing is left. */
  | { do: 'end' }
  /** The head waits: for the reorder window, for its ladder, or (null) until something wakes it. */
  | HeadWait
  /** The customer's profile is not known yet, or too old to be shown. */
  | { do: 'fetch_profile'; channel: string; customerId: string };

export type DeliveryStore = {
  /** The head of a lane; gives it its sequence and freezes its bytes if it has none yet. */
  next(laneId: string, options?: { skipProfile?: boolean }): Promise<NextEvent>;
  /** Records an attempt and what follows from it. */
  record(event: ReadyEvent, answer: WebhookAnswer): Promise<WebhookVerdict>;
};

export type DeliveryStoreDeps = AttemptRules & { database: Database; keyRing: KeyRing };

export function createDeliveryStore(deps: DeliveryStoreDeps): DeliveryStore {
  const { database } = deps;
  return {
    async next(laneId, options) {
      const look = { laneId, skipProfile: options?.skipProfile === true };
      const next = await database.transaction((tx) => findNext(tx, deps, look, false));
      // To take the probe the endpoint is locked alone, from the start: raising the shared lock would
      // be a deadlock with whoever does the same.
      if (next.do !== 'probe') return next;
      const probe = await database.transaction((tx) => findNext(tx, deps, look, true));
      return probe.do === 'probe' ? ENDPOINT_DOWN : probe;
    },
    record: (event, answer) => database.transaction((tx) => recordAttempt(tx, event, answer, deps)),
  };
}

type Look = { laneId: string; skipProfile: boolean };

/**
 * `probe`: an open breaker may allow this lane the one attempt that finds out. It is taken only by a
 * call with `probing`, and only when the post can begin at once.
 */
async function findNext(
  tx: Transaction,
  { keyRing }: DeliveryStoreDeps,
  { laneId, skipProfile }: Look,
  probing: boolean,
): Promise<NextEvent | { do: 'probe' }> {
  const endpoint = await lockEndpoint(tx, laneId, { toProbe: probing });
  if (!endpoint) return { do: 'end' };
  await lockLane(tx, laneId);
  const head = await findHead(tx, laneId);
  if (!head) return { do: 'end' };
  const blocked = whyNot(endpoint, head, endpoint.probe_lane === laneId);
  if (blocked) return blocked;
  const sender = head.from_customer ? await findSender(tx, head) : null;
  if (sender?.stale && !skipProfile)
    return { do: 'fetch_profile', channel: sender.channel, customerId: sender.customerId };
  if (endpoint.breaker_state === 'open')
    if (!probing || !(await takeProbe(tx, endpoint.account_id, laneId))) return { do: 'probe' };
  const body = head.body ?? (await freeze(tx, laneId, head, sender));
  return { do: 'post', event: readyEvent(keyRing, endpoint, head, body) };
}

/** Gives the head its sequence and its bytes: from here on every attempt sends the same ones. */
async function freeze(
  tx: Transaction,
  laneId: string,
  head: HeadRow,
  sender: Pick<Sender, 'username' | 'name'> | null,
): Promise<string> {
  const table = head.conversation_id === null ? 'accounts' : 'conversations';
  const [counter] = await tx.query<{ event_sequence: string }>(
    `update ${table} set event_sequence = event_sequence + 1 where id = $1 returning event_sequence`,
    [laneId],
  );
  const sequence = Number(counter?.event_sequence);
  const position = await findPosition(tx, head);
  const data = {
    ...(JSON.parse(head.data) as object),
    ...(position === null ? {} : { position }),
    ...(head.from_customer ? namesOf(sender) : {}),
  };
  const envelope: CrmEventEnvelope = {
    id: head.id,
    type: head.type,
    version: '1',
    timestamp: head.now.toISOString(),
    account_id: head.account_id,
    conversation_id: head.conversation_id,
    sequence,
    data,
  };
  const body = JSON.stringify(envelope);
  await tx.query(
    'update webhook_deliveries set sequence = $2, body = $3, first_attempt_at = clock_timestamp() where id = $1',
    [head.id, sequence, body],
  );
  return body;
}

/** From now on it does not change: until then a message that was overtaken may still take it. */
async function findPosition(tx: Transaction, head: HeadRow): Promise<number | null> {
  if (head.message_id === null) return null;
  const [row] = await tx.query<{ position: string }>(
    'select position from messages where id = $1',
    [head.message_id],
  );
  return row ? Number(row.position) : null;
}

function namesOf(sender: Pick<Sender, 'username' | 'name'> | null) {
  return { sender_username: sender?.username ?? null, sender_name: sender?.name ?? null };
}

function readyEvent(
  keyRing: KeyRing,
  endpoint: EndpointRow,
  head: HeadRow,
  body: string,
): ReadyEvent {
  return {
    id: head.id,
    accountId: head.account_id,
    conversationId: head.conversation_id,
    messageId: head.message_id,
    type: head.type,
    body,
    url: endpoint.url ?? '',
    urlVersion: endpoint.url_version,
    secrets: openSecrets(keyRing, head.account_id, endpoint.webhook_secrets, head.now),
    headers: openHeaders(keyRing, head.account_id, endpoint.webhook_headers),
    attempts: head.attempts,
    storedAt: head.stored_at,
    replay: head.state === 'replay',
    traceId: head.trace_id,
  };
}
