import { randomUUID } from 'node:crypto';
import type { ChannelEvent, Customer } from '../../channels/channel.ts';
import type { InboundEventData, ReactionEventData } from '../../domain/crm-event.ts';
import { changeAddress, type Identity } from './conversation-identity.ts';
import { addCrmEvent } from '../delivering/crm-events.ts';
import type { Transaction } from '../database.ts';
import { findAttemptForEcho } from './evidence.ts';
import { park } from './parked.ts';
import { applyStatus } from './platform-status.ts';
import { applyProof } from './proof.ts';

export type InboundAccount = { id: string; externalId: string; channel: string };

export type FreshEvent = {
  event: ChannelEvent;
  eventId: string;
  account: InboundAccount;
  /** Of the event's customer, where it has one that we know. */
  identity: Identity | undefined;
  reorderWindowMs: number;
  traceId: string | null;
};

export type AppliedEvent = {
  messageId: string | null;
  conversationId: string | null;
  /** Whether it proved one of our sends. */
  proved: boolean;
};

const NOTHING: AppliedEvent = { messageId: null, conversationId: null, proved: false };

/** Turns one event that was not here before into rows. All locks of its batch are held. */
export async function applyEvent(tx: Transaction, fresh: FreshEvent): Promise<AppliedEvent> {
  const { event } = fresh;
  switch (event.kind) {
    case 'message':
      return applyMessage(tx, fresh, event);
    case 'echo':
      return applyEcho(tx, fresh, event);
    case 'edited':
      return changeMessage(tx, fresh, event, 'message.edited');
    case 'deleted':
      return changeMessage(tx, fresh, event, 'message.deleted');
    case 'reaction':
      return applyReaction(tx, fresh, event);
    case 'status': {
      const known = await applyStatus(tx, fresh.account.id, event);
      if (!known) await park(tx, fresh.eventId, event);
      return { ...NOTHING, proved: known && event.status !== 'failed' };
    }
    case 'identity_changed':
      if (fresh.identity)
        await changeAddress(
          tx,
          fresh.account.id,
          fresh.identity.conversationId,
          event.newExternalId,
        );
      return NOTHING;
    case 'reachability':
      await noteReachability(tx, fresh.identity, event.reachable);
      return NOTHING;
    case 'ignored':
    case 'unreadable':
      return NOTHING;
  }
}

type Of<Kind extends ChannelEvent['kind']> = Extract<ChannelEvent, { kind: Kind }>;

async function applyMessage(
  tx: Transaction,
  fresh: FreshEvent,
  event: Of<'message'>,
): Promise<AppliedEvent> {
  const { account, identity } = fresh;
  if (!identity) return NOTHING;
  const id = randomUUID();
  const answered =
    event.replyTo === null ? undefined : await findTarget(tx, account.id, event.replyTo);
  await tx.query(
    `insert into messages
       (id, account_id, conversation_id, direction, sender_id, source, channel, type, text,
        attachments, payload, refers_to_id, reply_to, platform_message_id, platform_timestamp,
        trace_id)
     values ($1, $2, $3, 'in', $4, 'customer', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
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
      answered?.id ?? null,
      event.replyTo,
      event.platformMessageId,
      timeOf(event),
      fresh.traceId,
    ],
  );
  await noteContact(tx, identity, event);
  await rememberNames(tx, identity, event);
  await addCustomerEvent(tx, fresh, id, 'message.received', {
    message_type: event.content.type,
    text: event.content.text,
    attachments: event.content.attachments,
    payload: event.content.payload ?? null,
    reply_to: answered?.id ?? null,
  });
  return { messageId: id, conversationId: identity.conversationId, proved: false };
}

/** The customer wrote: they can be answered, at the id they wrote from. */
async function noteContact(tx: Transaction, identity: Identity, event: Of<'message'>) {
  const { externalId, group } = event.customer;
  await tx.query(
    `update conversations
        set last_activity_at = now(), unreachable_since = null, recipient_id = $2,
            title = coalesce($3, title),
            customer_wrote_at = greatest(customer_wrote_at, least(now(), coalesce($4, now())))
      where id = $1`,
    [identity.conversationId, group?.externalId ?? externalId, group?.title ?? null, timeOf(event)],
  );
}

async function noteReachability(
  tx: Transaction,
  identity: Identity | undefined,
  reachable: boolean,
): Promise<void> {
  if (!identity) return;
  await tx.query(
    `update conversations
        set unreachable_since = case when $2 then null else coalesce(unreachable_since, now()) end
      where id = $1`,
    [identity.conversationId, reachable],
  );
}

/** Some platforms send names along; the profile look-up fills in the others. */
async function rememberNames(tx: Transaction, identity: Identity, event: Of<'message'>) {
  const { username, name } = event.customer;
  if (identity.userId === null || (!username && !name)) return;
  await tx.query(
    'update users set username = coalesce($2, username), name = coalesce($3, name) where id = $1',
    [identity.userId, username ?? null, name ?? null],
  );
}

/** Our own message coming back: proof of a send, or something typed in the platform's own app. */
async function applyEcho(
  tx: Transaction,
  fresh: FreshEvent,
  event: Of<'echo'>,
): Promise<AppliedEvent> {
  const { account, identity } = fresh;
  const [known] = await tx.query<{ message_id: string }>(
    'select message_id from message_parts where account_id = $1 and platform_message_id = $2',
    [account.id, event.platformMessageId],
  );
  if (known) return { ...NOTHING, proved: true };
  const attempt =
    identity && (await findAttemptForEcho(tx, account.id, identity.conversationId, event));
  if (!attempt) {
    await park(tx, fresh.eventId, event);
    return NOTHING;
  }
  await applyProof(tx, {
    ...attempt,
    platformMessageId: event.platformMessageId,
    source: 'platform',
  });
  return { ...NOTHING, proved: true };
}

type Target = { id: string; type: string; direction: string };

/** A message that either side wrote, by any of its platform ids. */
async function findTarget(
  tx: Transaction,
  accountId: string,
  platformMessageId: string,
): Promise<Target | undefined> {
  const [row] = await tx.query<Target>(
    `select id, type, direction from messages where account_id = $1 and platform_message_id = $2
     union all
     select m.id, m.type, m.direction from message_parts p join messages m on m.id = p.message_id
      where p.account_id = $1 and p.platform_message_id = $2
     limit 1`,
    [accountId, platformMessageId],
  );
  return row;
}

async function changeMessage(
  tx: Transaction,
  fresh: FreshEvent,
  event: Of<'edited'> | Of<'deleted'>,
  type: 'message.edited' | 'message.deleted',
): Promise<AppliedEvent> {
  const target = await findTarget(tx, fresh.account.id, event.platformMessageId);
  if (!target || !fresh.identity) return NOTHING;
  const text = event.kind === 'edited' ? event.text : null;
  await tx.query(
    event.kind === 'edited'
      ? 'update messages set text = $2, edited_at = now() where id = $1'
      : `update messages set text = $2, attachments = '[]', deleted_at = now() where id = $1`,
    [target.id, text],
  );
  await addCustomerEvent(tx, fresh, target.id, type, {
    message_type: target.type,
    text,
    attachments: [],
    payload: null,
    reply_to: null,
  });
  return { messageId: target.id, conversationId: fresh.identity.conversationId, proved: false };
}

async function applyReaction(
  tx: Transaction,
  fresh: FreshEvent,
  event: Of<'reaction'>,
): Promise<AppliedEvent> {
  const target = await findTarget(tx, fresh.account.id, event.platformMessageId);
  if (!target || !fresh.identity) return NOTHING;
  const reactions = event.action === 'react' ? [{ emoji: event.emoji, from: 'in' }] : [];
  await tx.query(
    `update messages set reactions = $2::jsonb || (
        select coalesce(jsonb_agg(each), '[]') from jsonb_array_elements(reactions) each
         where each ->> 'from' <> 'in')
      where id = $1`,
    [target.id, JSON.stringify(reactions)],
  );
  await addCustomerEvent(tx, fresh, target.id, 'message.reaction', {
    action: event.action,
    emoji: event.emoji,
  });
  return { messageId: target.id, conversationId: fresh.identity.conversationId, proved: false };
}

type OwnMembers =
  | Pick<InboundEventData, 'message_type' | 'text' | 'attachments' | 'payload' | 'reply_to'>
  | Pick<ReactionEventData, 'action' | 'emoji'>;

async function addCustomerEvent(
  tx: Transaction,
  fresh: FreshEvent,
  messageId: string,
  type: 'message.received' | 'message.edited' | 'message.deleted' | 'message.reaction',
  members: OwnMembers,
): Promise<void> {
  const { account, event, identity } = fresh;
  if (!identity || !('customer' in event) || !event.customer) return;
  await addCrmEvent(tx, {
    accountId: account.id,
    conversationId: identity.conversationId,
    messageId,
    type,
    data: {
      message_id: messageId,
      sender_id: event.customer.externalId,
      sender_username: null,
      recipient_id: account.externalId,
      group: groupOf(event.customer),
      channel: account.channel,
      ...members,
      timestamp: (timeOf(event) ?? new Date()).toISOString(),
    },
    customer: { platformTime: timeOf(event), reorderWindowMs: fresh.reorderWindowMs },
    traceId: fresh.traceId,
  });
}

function groupOf({ group }: Customer): InboundEventData['group'] {
  return group ? { id: group.externalId, title: group.title ?? null } : null;
}

function timeOf(event: ChannelEvent): Date | null {
  return event.at === null ? null : new Date(event.at);
}
