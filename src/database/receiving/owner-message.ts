import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database.ts';
import { addStatusEvent } from '../delivering/crm-events.ts';
import { queueForMirror } from '../mirror-queue.ts';
import { addTransition } from '../sending/resolve.ts';
import type { Of } from './customer-event.ts';
import { applyParked, findAttemptForEcho } from './evidence.ts';
import { applyProof } from './proof.ts';

/** A call takes ten seconds at most; the clocks of others may be wrong. */
const AROUND = '10 minutes';

/** What an echo turned out to be. */
export type SettledEcho = { is: 'proof' } | { is: 'open' } | { is: 'told'; messageId: string };

/** Whose echo it may be. */
export type EchoPlace = {
  account: { id: string; channel: string };
  conversationId: string;
  /** Whether what we send comes back at all. */
  echoesApiSends: boolean;
};

/**
 * An echo of a platform id that we do not know: proof of a call whose outcome we do not know, or else
 * what the account's owner typed in the platform's own app. `open`: a send to that customer is under
 * way, or nobody knows yet what became of it, and the echo may be its. Locks as in `lane.ts` must be held.
 */
export async function settleEcho(
  tx: Transaction,
  place: EchoPlace,
  event: Of<'echo'>,
): Promise<SettledEcho> {
  const { account, conversationId } = place;
  const { platformMessageId } = event;
  if (place.echoesApiSends) {
    const attempt = await findAttemptForEcho(tx, account.id, conversationId, event);
    if (attempt) await applyProof(tx, { ...attempt, platformMessageId, source: 'platform' });
    else if (await hasOpenSend(tx, conversationId)) return { is: 'open' };
    if (attempt || (await claimSpentAttempt(tx, place, event))) {
      await applyParked(tx, account.id, platformMessageId);
      return { is: 'proof' };
    }
  }
  const messageId = await storeOwnerMessage(tx, place, event);
  await applyParked(tx, account.id, platformMessageId);
  return { is: 'told', messageId };
}

async function hasOpenSend(tx: Transaction, conversationId: string): Promise<boolean> {
  const open = await tx.query(
    `select 1 from send_attempts s
       join messages m on m.id = s.message_id
       join message_parts p on p.message_id = s.message_id and p.part = s.part
      where m.conversation_id = $1 and p.sent_at is null
        and (s.outcome is null or (s.outcome = 'unknown' and m.resolved_at is null)) limit 1`,
    [conversationId],
  );
  return open.length > 0;
}

/**
 * A message of unknown outcome that was sent again, or that a person has confirmed: the echo of the
 * first call comes when nobody waits for it any more. It proves that one call and nothing else.
 */
async function claimSpentAttempt(
  tx: Transaction,
  { account, conversationId }: EchoPlace,
  event: Of<'echo'>,
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
    [account.id, conversationId, event.content.text ?? '', event.platformMessageId, at],
  );
  if (!spent) return false;
  await tx.query(
    `update message_parts set platform_message_id = $3
      where message_id = $1 and part = $2 and platform_message_id is null`,
    [spent.message_id, spent.part, event.platformMessageId],
  );
  return true;
}

/** What a person typed in the platform's own app belongs to the conversation as well. */
async function storeOwnerMessage(
  tx: Transaction,
  { account, conversationId }: EchoPlace,
  { content, at: atMs, platformMessageId }: Of<'echo'>,
): Promise<string> {
  const id = randomUUID();
  const at = atMs === null ? new Date() : new Date(atMs);
  await tx.query(
    `insert into messages
       (id, account_id, conversation_id, direction, source, channel, type, text, attachments,
        payload, details, status, platform_message_id, platform_timestamp, resolved_at)
     values ($1, $2, $3, 'out', 'platform_app', $4, $5, $6, $7, $8, $9, 'sent', $10, $11, now())`,
    [
      id,
      account.id,
      conversationId,
      account.channel,
      content.type,
      content.text,
      JSON.stringify(content.attachments),
      content.payload ?? null,
      JSON.stringify(content.details ?? {}),
      platformMessageId,
      at,
    ],
  );
  await tx.query(
    `insert into message_parts (message_id, part, account_id, text, platform_message_id, sent_at)
     values ($1, 1, $2, $3, $4, now())`,
    [id, account.id, content.text ?? '', platformMessageId],
  );
  await addTransition(tx, { messageId: id, status: 'sent', source: 'platform', at });
  await queueForMirror(tx, id);
  await addStatusEvent(tx, id, 'message.sent');
  return id;
}
