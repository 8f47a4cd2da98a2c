import { randomUUID } from 'node:crypto';
import { answerCustomer } from '../auto-replies/answer-customer.ts';
import type { Transaction } from '../database.ts';
import { changeAddress } from './address-change.ts';
import { applyChange } from './changed-message.ts';
import { noteContact, noteReachability, rememberNames } from './contact.ts';
import { idsOf, noteLastPlace } from './conversation-identity.ts';
import {
  addReceivedEvent,
  NOTHING,
  timeOf,
  type AppliedEvent,
  type FreshEvent,
  type Of,
} from './customer-event.ts';
import { asEdit, endFetch, findUnfetched, requestFetch } from './requested-message.ts';
import { queueForMirror } from '../mirror-queue.ts';
import { applyParked } from './evidence.ts';
import { findTarget } from './message-target.ts';
import { putInPlace } from './overtaken.ts';
import { settleEcho, type EchoPlace } from './owner-message.ts';
import { park, parkChange, type Change } from './parked.ts';
import { applyStatus } from './platform-status.ts';

/** Turns one event that was not here before into rows. All locks of its batch are held. */
export async function applyEvent(tx: Transaction, fresh: FreshEvent): Promise<AppliedEvent> {
  const { event } = fresh;
  switch (event.kind) {
    case 'message':
      return applyMessage(tx, fresh, event);
    case 'echo':
      return applyEcho(tx, fresh, event);
    case 'edited':
    case 'deleted':
    case 'reaction':
      return changeOrPark(tx, fresh, event);
    case 'status': {
      const known = await applyStatus(tx, fresh.account.id, event);
      if (known === 'not yet') await park(tx, fresh.eventId, event);
      if (known === 'proved') await applyParked(tx, fresh.account.id, event.platformMessageId);
      return { ...NOTHING, proved: known !== 'not yet' && event.status !== 'failed' };
    }
    case 'identity_changed':
      if (fresh.identity)
        await changeAddress(tx, fresh.account.id, {
          conversationId: fresh.identity.conversationId,
          oldIds: idsOf(event.customer),
          now: event.now,
        });
      return NOTHING;
    case 'reachability':
      await noteReachability(tx, fresh.identity, event.reachable);
      return NOTHING;
    case 'untold':
      await requestFetch(tx, fresh, event);
      return NOTHING;
    case 'ignored':
    case 'unreadable':
      return NOTHING;
  }
}

async function applyMessage(
  tx: Transaction,
  fresh: FreshEvent,
  event: Of<'message'>,
): Promise<AppliedEvent> {
  const { account, identity } = fresh;
  if (!identity) return NOTHING;
  if (event.isStandIn && (await findTarget(tx, account.id, event.platformMessageId)))
    return NOTHING;
  const unfetched = await findUnfetched(tx, account.id, event.platformMessageId);
  if (unfetched) return applyChange(tx, fresh, unfetched, asEdit(event));
  if (!event.isStandIn) await endFetch(tx, account.id, event.platformMessageId);
  const id = randomUUID();
  const answered =
    event.replyTo === null ? undefined : await findTarget(tx, account.id, event.replyTo);
  await tx.query(
    `insert into messages
       (id, account_id, conversation_id, direction, sender_id, source, channel, type, text,
        attachments, payload, details, refers_to_id, reply_to, platform_message_id,
        platform_timestamp, trace_id)
     values ($1, $2, $3, 'in', $4, 'customer', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      id,
      account.id,
      identity.conversationId,
      identity.userId,
      account.channel,
      event.content.type,
      event.content.text,
      JSON.stringify(event.content.attachments),
      event.content.payload ?? null,
      JSON.stringify(event.content.details ?? {}),
      answered?.id ?? null,
      event.replyTo,
      event.platformMessageId,
      timeOf(event),
      fresh.traceId,
    ],
  );
  await noteContact(tx, identity, event);
  await noteLastPlace(tx, account.id, event.customer, identity.conversationId);
  if (identity.userId !== null) await rememberNames(tx, identity.userId, event);
  await queueForMirror(tx, id, event.customer.externalId);
  await addReceivedEvent(tx, fresh, id, {
    message_type: event.content.type,
    text: event.content.text,
    attachments: event.content.attachments,
    payload: event.content.payload ?? null,
    reply_to: answered?.id ?? null,
    ...event.content.details,
  });
  await putInPlace(tx, identity.conversationId, id);
  const { changed } = await applyParked(tx, account.id, event.platformMessageId);
  // Nobody answers what was taken back before it came.
  const deleted = changed && (await findTarget(tx, account.id, event.platformMessageId))?.deleted;
  if (!deleted) await answerCustomer(tx, { ...fresh, event, identity });
  return { messageId: id, conversationId: identity.conversationId, proved: false };
}

/** Our own message coming back: proof of a send, or something typed in the platform's own app. */
async function applyEcho(
  tx: Transaction,
  fresh: FreshEvent,
  event: Of<'echo'>,
): Promise<AppliedEvent> {
  const { account, identity } = fresh;
  await endFetch(tx, account.id, event.platformMessageId);
  const [known] = await tx.query<{ message_id: string }>(
    'select message_id from message_parts where account_id = $1 and platform_message_id = $2',
    [account.id, event.platformMessageId],
  );
  if (known) return { ...NOTHING, proved: true };
  const settled =
    identity && (await settleEcho(tx, placeOf(fresh, identity.conversationId), event));
  if (!settled || settled.is === 'open') {
    await park(tx, fresh.eventId, event);
    return NOTHING;
  }
  if (settled.is === 'proof') return { ...NOTHING, proved: true };
  const { messageId } = settled;
  return { messageId, conversationId: identity.conversationId, proved: false };
}

function placeOf({ account, channel }: FreshEvent, conversationId: string): EchoPlace {
  return { account, conversationId, echoesApiSends: channel.echoesApiSends };
}

/** Somebody edited, deleted or reacted to a message, which may not have come yet. */
async function changeOrPark(
  tx: Transaction,
  fresh: FreshEvent,
  event: Change,
): Promise<AppliedEvent> {
  const target = await findTarget(tx, fresh.account.id, event.platformMessageId);
  if (target) return applyChange(tx, fresh, target, event);
  await parkChange(tx, fresh.account.id, fresh.eventId, event);
  return NOTHING;
}
