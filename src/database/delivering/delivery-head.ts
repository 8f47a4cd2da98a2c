import type { CrmEventType } from '../../domain/crm-event.ts';
import type { SealedHeader, SealedSecret } from '../accounts/account-secrets.ts';
import type { Transaction } from '../database.ts';
import { lockConversations } from '../lane.ts';

/** The event of a lane that goes next. */
export type HeadRow = {
  /** `replay`: one attempt of an event that was given up before. */
  state: 'pending' | 'replay';
  id: string;
  account_id: string;
  conversation_id: string | null;
  message_id: string | null;
  type: CrmEventType;
  from_customer: boolean;
  held_until: Date;
  stored_at: Date;
  /** A message that the customer wrote before it is being asked for. */
  overtakes: boolean;
  now: Date;
  sequence: string | null;
  data: string;
  body: string | null;
  attempts: number;
  next_attempt_at: Date | null;
  trace_id: string | null;
};

/** Where a lane's events go, and whether they may. */
export type EndpointRow = {
  account_id: string;
  enabled: boolean;
  url: string | null;
  url_version: number;
  breaker_state: 'closed' | 'open';
  /** The lane that may make the one attempt that an open breaker allows. */
  probe_lane: string | null;
  disabled_at: Date | null;
  webhook_secrets: SealedSecret[];
  webhook_headers: SealedHeader[];
};

/** An account's own events have the account's row for their conversation's. */
function isAccountLane(laneId: string): boolean {
  return laneId.startsWith('acc_');
}

/**
 * Shared, unless it is `toProbe`: whoever disables or enables the endpoint waits until this wait is on record. A lane of the
 * account itself is locked here as well, for two that share a row cannot both go on to lock it.
 */
export async function lockEndpoint(
  tx: Transaction,
  laneId: string,
  { toProbe }: { toProbe: boolean },
): Promise<EndpointRow | undefined> {
  const [row] = await tx.query<EndpointRow>(
    `select a.id as account_id, a.enabled, a.webhook_secrets, a.webhook_headers, e.url, e.url_version, e.disabled_at,
            e.breaker_state, e.probe_lane
       from accounts a join webhook_endpoints e on e.account_id = a.id
      where a.deleted_at is null
        and a.id = coalesce((select account_id from conversations where id = $1), $1)
        for ${isAccountLane(laneId) ? 'no key update' : 'share'} of a
        for ${toProbe ? 'no key update' : 'share'} of e`,
    [laneId],
  );
  return row;
}

/** After {@link lockEndpoint}. */
export async function lockLane(tx: Transaction, laneId: string): Promise<void> {
  if (!isAccountLane(laneId)) await lockConversations(tx, [laneId]);
}

/**
 * Whether the platform is being asked for a message that comes before this event. Where it does not
 * even say whose it is, it could be anybody's: then only as long as an answer usually takes.
 */
const OVERTAKES = `(from_customer and sequence is null and exists (
    select from message_fetches f
     where f.account_id = d.account_id and f.state = 'pending'
       and (f.conversation_id = d.conversation_id and f.created_at > now() - interval '1 minute'
            or f.conversation_id is null and f.created_at > now() - interval '3 seconds')
       and coalesce(f.platform_time, f.created_at) <= coalesce(d.platform_time, d.stored_at)))`;

const EVENT = `select state, id, account_id, conversation_id, message_id, type, from_customer,
    held_until, ${OVERTAKES} as overtakes, stored_at, clock_timestamp() as now, sequence, data, body, attempts, next_attempt_at, trace_id
  from webhook_deliveries d where lane_id = $1`;
const HEAD = `${EVENT} and state = 'pending'`;

/**
 * What is next: a replay, which gets its one attempt whatever the others wait for; else, by the rule
 * of `domain/event-order.ts`, an event that was begun, or the first to arrive; where that is the
 * customer's, the customer's event with the lowest platform time.
 */
export async function findHead(tx: Transaction, laneId: string): Promise<HeadRow | undefined> {
  const [replay] = await tx.query<HeadRow>(
    `${EVENT} and state = 'replay' order by sequence limit 1`,
    [laneId],
  );
  if (replay) return { ...replay, next_attempt_at: null };
  const [begun] = await tx.query<HeadRow>(
    `${HEAD} and sequence is not null order by sequence limit 1`,
    [laneId],
  );
  if (begun) return begun;
  const [first] = await tx.query<HeadRow>(`${HEAD} order by arrival limit 1`, [laneId]);
  if (!first?.from_customer || first.held_until > first.now) return first;
  const [earliest] = await tx.query<HeadRow>(
    `${HEAD} and from_customer order by coalesce(platform_time, stored_at), arrival, id limit 1`,
    [laneId],
  );
  // The first place's window is over, and with it the wait of whoever takes that place.
  return earliest && { ...earliest, held_until: first.held_until };
}

/**
 * Why the head cannot be posted now, and for how long; null when it can. `probe` says that the lane
 * has the attempt that an open breaker allows, which no ladder delays.
 */
export function whyNot(endpoint: EndpointRow, head: HeadRow, probe: boolean): HeadWait | null {
  if (!endpoint.enabled) return { do: 'wait', delayMs: null, reason: 'account disabled' };
  if (endpoint.url === null) return { do: 'wait', delayMs: null, reason: 'no webhook URL' };
  if (endpoint.disabled_at !== null)
    return { do: 'wait', delayMs: null, reason: 'endpoint disabled' };
  if (head.overtakes)
    return { do: 'wait', delayMs: FETCH_LOOK_MS, reason: 'message being fetched' };
  if (endpoint.breaker_state === 'open') return probe ? null : ENDPOINT_DOWN;
  const until = Math.max(head.held_until.getTime(), head.next_attempt_at?.getTime() ?? 0);
  const delayMs = until - head.now.getTime();
  if (delayMs <= 0) return null;
  return { do: 'wait', delayMs, reason: head.next_attempt_at ? 'next attempt' : 'reorder window' };
}

/** How often a lane looks whether the message before its head is there. */
const FETCH_LOOK_MS = 200;

/** What a lane waits for; `delayMs` null: until something wakes it. */
export type HeadWait = { do: 'wait'; delayMs: number | null; reason: string };

/** Until its breaker closes, or this lane gets the probe. */
export const ENDPOINT_DOWN: HeadWait = { do: 'wait', delayMs: null, reason: 'endpoint down' };

/** A customer by what the platform calls them. */
export type Sender = {
  username: string | null;
  name: string | null;
  stale: boolean;
  channel: string;
  customerId: string;
};

/**
 * The customer an event is about, and whether their profile is older than a day. Of the members of a
 * group nobody is asked: what they are called comes with what they write.
 */
export async function findSender(tx: Transaction, head: HeadRow): Promise<Sender | null> {
  const { sender_id: senderId } = JSON.parse(head.data) as { sender_id?: string };
  const [row] = await tx.query<Sender>(
    `select u.username, u.name, c.channel, i.external_id as "customerId",
            c.type = 'DIRECT'
              and (u.profile_fetched_at is null or u.profile_fetched_at < now() - interval '1 day')
              as stale
       from conversations c
       join external_identities i on i.account_id = c.account_id and i.external_id = $2
       join users u on u.id = i.user_id
      where c.id = $1`,
    [head.conversation_id, senderId ?? null],
  );
  return row ?? null;
}
