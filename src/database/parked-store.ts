import { randomUUID } from 'node:crypto';
import { findOrCreateIdentity, idsOf, lockIdentities } from './receiving/conversation-identity.ts';
import { addStatusEvent } from './delivering/crm-events.ts';
import type { Database, Transaction } from './database.ts';
import { applyParked, findAttemptForEcho } from './receiving/evidence.ts';
import { lockPlatformIds } from './lane.ts';
import { queueForMirror } from './mirror-queue.ts';
import { closeParked, type ParkedEvent } from './receiving/parked.ts';
import { applyProof } from './receiving/proof.ts';
import { addTransition } from './sending/resolve.ts';

/** How long an echo waits for the send that it may belong to. */
const UNCLAIMED = '60 seconds';
/** A call takes ten seconds at most; the clocks of others may be wrong. */
const AROUND = '10 minutes';
/** Platforms repeat and delay, but not for ever. */
const GIVEN_UP = '7 days';

export type ParkedStore = {
  /**
   * Applies what is parked and can be applied by now; how many events were looked at. Goes on behind
   * those of the last sweep, for what cannot be applied yet must not stand before the others.
   */
  sweep(limit: number): Promise<number>;
};

type ParkedEventRow = {
  id: string;
  account_id: string;
  channel: string;
  platform_message_id: string;
  old: boolean;
  expired: boolean;
  parked: ParkedEvent;
};

export function createParkedStore(database: Database): ParkedStore {
  let after = '0';
  return {
    async sweep(limit) {
      const rows = await database.query<ParkedEventRow>(
        `select e.id, a.id as account_id, a.channel, e.platform_message_id, e.parked,
                e.parked_at < now() - interval '${UNCLAIMED}' as old,
                e.parked_at < now() - interval '${GIVEN_UP}' as expired
           from inbound_events e join accounts a on a.id = e.account_key
          where e.parked_at is not null and e.id > $2
            and (e.kind = 'echo' and e.parked_at < now() - interval '${UNCLAIMED}'
                 or e.parked_at < now() - interval '${GIVEN_UP}'
                 or exists (select from message_parts p
                             where p.account_id = a.id
                               and p.platform_message_id = e.platform_message_id))
          order by e.id limit $1`,
        [limit, after],
      );
      for (const row of rows) {
        after = row.id;
        await database.transaction((tx) => settleParked(tx, row));
      }
      if (rows.length < limit) after = '0';
      return rows.length;
    },
  };
}

async function settleParked(tx: Transaction, row: ParkedEventRow): Promise<void> {
  const account = { id: row.account_id, channel: row.channel };
  const customer = row.parked.customer;
  await lockPlatformIds(tx, account.id, [
    row.platform_message_id,
    ...(customer ? idsOf(customer) : []),
  ]);
  const identity = customer ? await findOrCreateIdentity(tx, account, customer) : undefined;
  const [part] = await tx.query<{ conversation_id: string }>(
    `select m.conversation_id from message_parts p join messages m on m.id = p.message_id
      where p.account_id = $1 and p.platform_message_id = $2`,
    [account.id, row.platform_message_id],
  );
  await lockIdentities(tx, identity ? [identity] : [], part ? [part.conversation_id] : []);
  const [still] = await tx.query(
    'select 1 from inbound_events where id = $1 and parked_at is not null for update',
    [row.id],
  );
  if (!still) return;
  if (part) return applyParked(tx, account.id, row.platform_message_id);
  if (row.expired || row.parked.kind !== 'echo' || !identity) return closeParked(tx, row.id);
  await settleEcho(tx, row, row.parked, identity.conversationId);
}

/** Nobody claims the echo: unless a send to that customer is still open, a person typed it. */
async function settleEcho(
  tx: Transaction,
  row: ParkedEventRow,
  event: Extract<ParkedEvent, { kind: 'echo' }>,
  conversationId: string,
): Promise<void> {
  const attempt = await findAttemptForEcho(tx, row.account_id, conversationId, event);
  if (attempt) {
    await applyProof(tx, {
      ...attempt,
      platformMessageId: row.platform_message_id,
      source: 'platform',
    });
    return applyParked(tx, row.account_id, row.platform_message_id);
  }
  const [open] = await tx.query(
    `select 1 from send_attempts s
       join messages m on m.id = s.message_id
       join message_parts p on p.message_id = s.message_id and p.part = s.part
      where m.conversation_id = $1 and p.sent_at is null
        and (s.outcome is null or (s.outcome = 'unknown' and m.resolved_at is null)) limit 1`,
    [conversationId],
  );
  if (open) return;
  if (await claimSpentAttempt(tx, row, event, conversationId)) return closeParked(tx, row.id);
  await storePlatformMessage(tx, row, event, conversationId);
  await applyParked(tx, row.account_id, row.platform_message_id);
}

/**
 * A message of unknown outcome that was sent again, or that a person has confirmed: the echo of the
 * first call comes when nobody waits for it any more. It proves that one call and nothing else.
 */
async function claimSpentAttempt(
  tx: Transaction,
  row: ParkedEventRow,
  event: Extract<ParkedEvent, { kind: 'echo' }>,
  conversationId: string,
): Promise<boolean> {
  const at = event.at === null ? null : new Date(event.at);
  const [spent] = await tx.query<{ message_id: string; part: number }>(
    `update send_attempts set outcome = 'sent', platform_message_id = $4
      where id = (select s.id from send_attempts s
                    join messages m on m.id = s.message_id
                    join message_parts p on p.message_id = s.message_id and p.part = s.part
                   where s.account_id = $1 and m.conversation_id = $2 and s.outcome = 'unknown'
                     and p.sent_at is not null and p.text = $3
                     and s.started_at between coalesce($5, s.started_at) - interval '${AROUND}'
                                          and coalesce($5, s.started_at)
                   order by s.started_at limit 1)
      returning message_id, part`,
    [row.account_id, conversationId, event.content.text ?? '', row.platform_message_id, at],
  );
  if (!spent) return false;
  await tx.query(
    `update message_parts set platform_message_id = $3
      where message_id = $1 and part = $2 and platform_message_id is null`,
    [spent.message_id, spent.part, row.platform_message_id],
  );
  return true;
}

/** What a person typed in the platform's own app belongs to the conversation as well. */
async function storePlatformMessage(
  tx: Transaction,
  row: ParkedEventRow,
  event: Extract<ParkedEvent, { kind: 'echo' }>,
  conversationId: string,
): Promise<void> {
  const id = randomUUID();
  const at = event.at === null ? new Date() : new Date(event.at);
  await tx.query(
    `insert into messages
       (id, account_id, conversation_id, direction, source, channel, type, text, attachments, payload,
        details, status, platform_message_id, platform_timestamp, resolved_at)
     values ($1, $2, $3, 'out', 'platform_app', $4, $5, $6, $7, $8, $9, 'sent', $10, $11, now())`,
    [
      id,
      row.account_id,
      conversationId,
      row.channel,
      event.content.type,
      event.content.text,
      JSON.stringify(event.content.attachments),
      event.content.payload ?? null,
      JSON.stringify(event.content.details ?? {}),
      row.platform_message_id,
      at,
    ],
  );
  await tx.query(
    `insert into message_parts (message_id, part, account_id, text, platform_message_id, sent_at)
     values ($1, 1, $2, $3, $4, now())`,
    [id, row.account_id, event.content.text ?? '', row.platform_message_id],
  );
  await addTransition(tx, { messageId: id, status: 'sent', source: 'platform', at });
  await queueForMirror(tx, id);
  await addStatusEvent(tx, id, 'message.sent');
}
