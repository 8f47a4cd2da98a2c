import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database.ts';
import { addOutboxRow } from '../outbox.ts';
import { timeOf, type FreshEvent, type Of } from './customer-event.ts';
import { findTarget, type Target } from './message-target.ts';

/**
 * Has a message asked for that the platform announced without its content, unless it is known or
 * asked for already. The platform's id must be locked.
 */
export async function requestFetch(
  tx: Transaction,
  { account, identity, traceId }: FreshEvent,
  event: Of<'untold'>,
): Promise<void> {
  const [requested] = await tx.query<{ id: string }>(
    `insert into message_fetches
       (id, account_id, channel, platform_message_id, conversation_id, customer, content,
        platform_time, trace_id)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9
      where not exists (select from messages where account_id = $2 and platform_message_id = $4)
        and not exists (select from message_parts where account_id = $2 and platform_message_id = $4)
         on conflict do nothing returning id`,
    [
      randomUUID(),
      account.id,
      account.channel,
      event.platformMessageId,
      identity?.conversationId ?? null,
      event.customer === null || event.by === 'owner' ? null : JSON.stringify(event.customer),
      event.content === null ? null : JSON.stringify(event.content),
      timeOf(event),
      traceId,
    ],
  );
  if (!requested) return;
  await addOutboxRow(tx, {
    kind: 'fetch_message',
    target: requested.id,
    accountId: account.id,
    channel: account.channel,
    traceId,
  });
}

/**
 * The message came by itself, so nobody is asked for it any more and its conversation does not wait.
 * The platform's id must be locked.
 */
export async function endFetch(
  tx: Transaction,
  accountId: string,
  platformMessageId: string,
): Promise<void> {
  await tx.query(
    `update message_fetches set state = 'stored', customer = null, content = null
      where account_id = $1 and platform_message_id = $2 and state = 'pending'`,
    [accountId, platformMessageId],
  );
}

/** A message that the CRM was told of without its words, because nobody could fetch them. */
export async function findUnfetched(
  tx: Transaction,
  accountId: string,
  platformMessageId: string,
): Promise<Target | undefined> {
  const [givenUp] = await tx.query(
    `select 1 from message_fetches
      where account_id = $1 and platform_message_id = $2 and state = 'given_up'`,
    [accountId, platformMessageId],
  );
  return givenUp ? findTarget(tx, accountId, platformMessageId) : undefined;
}

/** Its own webhook brings the words after all: they become those of the message that is there. */
export function asEdit(event: Of<'message'>): Of<'edited'> {
  const { accountExternalId, key, at, platformMessageId, customer, content } = event;
  const known = { accountExternalId, key, at, platformMessageId, customer, content };
  return { ...known, kind: 'edited', by: 'customer', revision: 0 };
}
