import { randomUUID } from 'node:crypto';
import type { Channel, ChannelRegistry } from '../../channels/channel.ts';
import { asEditOf } from '../../domain/outgoing-content.ts';
import type { Transaction } from '../database.ts';
import type { AcceptResult, NewMessage } from '../message-store.ts';
import {
  findLastPlace,
  findOrCreateIdentity,
  lockIdentities,
  type Identity,
} from '../receiving/conversation-identity.ts';
import { inScope } from '../scope.ts';
import { accountOf, contentFingerprint, fingerprint } from './find-equal.ts';
import { storeOutgoing } from './outgoing-message.ts';

/**
 * A row with the same id or key was committed in the meantime. Thrown, so that the conversation that
 * was made for the message and its place in the lane go with the transaction.
 */
export class TakenMeanwhile extends Error {}

/** Thrown, so that nothing is kept of what a refused message has brought about. */
export class Refused extends Error {
  readonly result: Exclude<AcceptResult, { message: unknown }>;
  constructor(result: Refused['result']) {
    super(result.kind);
    this.result = result;
  }
}

/**
 * Checks a message against its account, its conversation and its channel, and puts it at the end of
 * its lane. Throws {@link TakenMeanwhile} and {@link Refused}.
 */
export async function acceptMessage(
  tx: Transaction,
  message: NewMessage,
  channels: ChannelRegistry,
): Promise<AcceptResult> {
  const account = await findAccount(tx, message);
  const channel = channels.get(account.channel);
  if (message.channel !== undefined && message.channel !== account.channel)
    throw new Refused({ kind: 'channel_mismatch', channel: account.channel });
  const target = await findTarget(tx, account, message);
  const plan = channel.planSend(asEditOf(message.content, target?.sent_as ?? null));
  if ('refused' in plan) throw new Refused({ kind: 'content_refused', ...plan.refused });
  const conversation = await findConversation(tx, message, account, channel);
  const [state] = await tx.query<{ enabled: boolean }>(
    'select enabled from accounts where id = $1 and deleted_at is null for share',
    [account.id],
  );
  if (!state) throw new Refused(missing(message));
  if (!state.enabled) throw new Refused({ kind: 'account_disabled' });
  const { conversationId } = conversation;
  // Storing locks a conversation as well; two must be locked by their ids.
  if (conversation.supersedes.length > 0) await lockIdentities(tx, [conversation]);
  checkTarget(target, conversationId, message);
  const stored = await storeOutgoing(tx, {
    ...message,
    id: message.messageId ?? randomUUID(),
    account,
    conversationId,
    source: 'api',
    parts: plan.parts,
    fingerprint: fingerprint(message),
    contentFingerprint: contentFingerprint(message),
  });
  if (!stored) throw new TakenMeanwhile();
  return { kind: 'accepted', message: stored };
}

type Account = { id: string; channel: string };

/** What was named does not exist, as far as the caller may know. */
function missing({ to }: NewMessage): Refused['result'] {
  return { kind: 'accountId' in to ? 'account_missing' : 'conversation_missing' };
}

/** Throws {@link Refused}. */
async function findAccount(tx: Transaction, message: NewMessage): Promise<Account> {
  const accountId = await accountOf(tx, message);
  if (accountId === undefined || !inScope(message.visibleAccounts, accountId))
    throw new Refused(missing(message));
  const [row] = await tx.query<{ channel: string }>(
    'select channel from accounts where id = $1 and deleted_at is null',
    [accountId],
  );
  if (!row) throw new Refused(missing(message));
  return { id: accountId, channel: row.channel };
}

/** Throws {@link Refused} where the channel has no such recipients. */
async function findConversation(
  tx: Transaction,
  { to }: NewMessage,
  account: Account,
  channel: Channel,
): Promise<Pick<Identity, 'conversationId' | 'supersedes'>> {
  if ('conversationId' in to) return { conversationId: to.conversationId, supersedes: [] };
  const address = channel.parseRecipient(to.recipientId);
  if (!address) throw new Refused({ kind: 'recipient_invalid', channel: account.channel });
  const lastPlace = await findLastPlace(tx, account.id, address);
  if (lastPlace !== undefined) return { conversationId: lastPlace, supersedes: [] };
  return findOrCreateIdentity(tx, account, address);
}

const IN_PARTS = {
  kind: 'content_refused',
  pointer: '/content/message_id',
  code: 'target_in_parts',
  detail: 'was sent in several parts and cannot be edited',
} as const;

/** What a message answers or acts upon. `sent_as`: not always what the CRM asked for. */
type Target = { conversation_id: string; direction: string; parts: number; sent_as: string };

async function findTarget(
  tx: Transaction,
  account: Account,
  { refersToId }: NewMessage,
): Promise<Target | undefined> {
  if (refersToId === undefined) return undefined;
  const [row] = await tx.query<Target>(
    `select conversation_id, direction,
            (select count(*)::int from message_parts where message_id = m.id) as parts,
            coalesce((select content ->> 'type' from message_parts
                       where message_id = m.id and part = 1), 'text') as sent_as
       from messages m where id = $1 and account_id = $2`,
    [refersToId, account.id],
  );
  return row;
}

/** Throws {@link Refused} unless what it acts upon is in the conversation; we edit only our own. */
function checkTarget(
  target: Target | undefined,
  conversationId: string,
  { refersToId, content }: NewMessage,
): void {
  if (refersToId === undefined) return;
  const isThere = target?.conversation_id === conversationId;
  if (!isThere || (content.type === 'edit' && target.direction !== 'out'))
    throw new Refused({ kind: 'target_missing' });
  // The platform has several messages: the new text would stand beside what is left of the old one.
  if (content.type === 'edit' && target.parts > 1) throw new Refused(IN_PARTS);
}
