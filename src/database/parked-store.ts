import { randomUUID } from 'node:crypto';
import { findOrCreateIdentity, idsOf } from './receiving/conversation-identity.ts';
import { addStatusEvent } from './delivering/crm-events.ts';
import type { Database, Transaction } from './database.ts';
import { applyParked, findAttemptForEcho } from './receiving/evidence.ts';
import { lockConversations, lockPlatformIds } from './lane.ts';
import { closeParked, type ParkedEvent } from './receiving/parked.ts';
import { applyProof } from './receiving/proof.ts';
import { addTransition } from './sending/resolve.ts';

/** How long an echo waits for the send that it may belong to. */
const UNCLAIMED = '60 seconds';
/** Platforms repeat and delay, but not for ever. */
const GIVEN_UP = '7 days';

export type ParkedStore = {
  /** Applies what is parked and can be applied by now; how many events were dealt with. */
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
  return {
    async sweep(limit) {
      const rows = await database.query<ParkedEventRow>(
        `select e.id, a.id as account_id, a.channel, e.platform_message_id, e.parked,
                e.parked_at < now() - interval '${UNCLAIMED}' as old,
                e.parked_at < now() - interval '${GIVEN_UP}' as expired
           from inbound_events e join accounts a on a.id = e.account_key
          where e.parked_at is not null
            and (e.kind = 'echo' and e.parked_at < now() - interval '${UNCLAIMED}'
                 or e.parked_at < now() - interval '${GIVEN_UP}'
                 or exists (select from message_parts p
                             where p.account_id = a.id
                               and p.platform_message_id = e.platform_message_id))
          order by e.id limit $1`,
        [limit],
      );
      for (const row of rows) await database.transaction((tx) => settleParked(tx, row));
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
  const lanes = [identity?.conversationId, part?.conversation_id].filter((id) => id !== undefined);
  await lockConversations(tx, lanes);
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
  await storePlatformMessage(tx, row, event, conversationId);
  await applyParked(tx, row.account_id, row.platform_message_id);
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
       (id, account_id, conversation_id, direction, source, channel, type, text, attachments, status,
        platform_message_id, platform_timestamp, resolved_at, created_at)
     values ($1, $2, $3, 'out', 'platform_app', $4, $5, $6, $7, 'sent', $8, $9, now(), $9)`,
    [
      id,
      row.account_id,
      conversationId,
      row.channel,
      event.content.type,
      event.content.text,
      JSON.stringify(event.content.attachments),
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
  await addStatusEvent(tx, id, 'message.sent', { at });
}
