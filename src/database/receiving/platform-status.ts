import type { ChannelEvent } from '../../channels/channel.ts';
import { advances, type MessageStatus } from '../../domain/message.ts';
import { raiseUnknownCode } from '../alert.ts';
import { addStatusEvent } from '../delivering/crm-events.ts';
import type { Transaction } from '../database.ts';
import { applyProof } from './proof.ts';
import { addTransition, resolveGivenUp, type LaneMessage } from '../sending/resolve.ts';

type StatusEvent = Extract<ChannelEvent, { kind: 'status' }>;

type PartRow = {
  message_id: string;
  conversation_id: string;
  part: number;
  last_part: boolean;
  sent: boolean;
  /** Whether the status names the newest attempt. */
  newest: boolean;
  /** Whether a call for the message is under way, or it is not known yet if another part arrived. */
  in_flight: boolean;
};

/**
 * Applies what the platform says of one of our messages, unless that is not known yet. `proved`: it was
 * this that told us the platform's id.
 * The conversation and the platform id must be locked.
 */
export async function applyStatus(
  tx: Transaction,
  accountId: string,
  event: StatusEvent,
): Promise<'not yet' | 'applied' | 'proved'> {
  const part = await findPart(tx, accountId, event);
  if (!part) return 'not yet';
  const message = { id: part.message_id, accountId, conversationId: part.conversation_id };
  if (event.status === 'failed') {
    // It would let the next message pass before a part that is on its way: it is kept until then.
    if (part.in_flight) return 'not yet';
    await applyPlatformFailure(tx, message, part, event);
    return 'applied';
  }
  if (!part.sent)
    await applyProof(tx, {
      message,
      part: part.part,
      platformMessageId: event.platformMessageId,
      source: 'platform',
    });
  if (event.status !== 'sent' && part.last_part) {
    if (event.earlierToo) await raiseEarlier(tx, message, event);
    await raiseStatus(tx, message.id, event.status, event.at);
  }
  return part.sent ? 'applied' : 'proved';
}

/** Moves a message up to `delivered` or `read`; a late or repeated status is only noted. */
async function raiseStatus(
  tx: Transaction,
  messageId: string,
  status: 'delivered' | 'read',
  at: number | null,
): Promise<void> {
  const [row] = await tx.query<{ status: MessageStatus }>(
    'select status from messages where id = $1',
    [messageId],
  );
  if (!row) return;
  const applied = advances(row.status, status);
  await addTransition(tx, {
    messageId,
    status,
    source: 'platform',
    at: at === null ? undefined : new Date(at),
    applied,
  });
  if (!applied) return;
  await tx.query('update messages set status = $2 where id = $1', [messageId, status]);
  await addStatusEvent(tx, messageId, `message.${status}`);
}

/** A customer who has seen a message has seen what stands above it. */
async function raiseEarlier(tx: Transaction, message: LaneMessage, event: StatusEvent) {
  if (event.status !== 'read') return;
  const earlier = await tx.query<{ id: string }>(
    `select id from messages
      where conversation_id = $1 and direction = 'out' and status in ('sent', 'delivered')
        and position < (select position from messages where id = $2)
      order by position`,
    [message.conversationId, message.id],
  );
  for (const { id } of earlier) await raiseStatus(tx, id, 'read', event.at);
}

/** The platform took the message and could not deliver it. What it has delivered stays delivered. */
async function applyPlatformFailure(
  tx: Transaction,
  message: LaneMessage,
  part: PartRow,
  event: StatusEvent,
): Promise<void> {
  const [row] = await tx.query<{ status: MessageStatus }>(
    'select status from messages where id = $1',
    [message.id],
  );
  const error = {
    class: 'refused',
    code: event.error?.code ?? '',
    message: event.error?.message ?? '',
  };
  const final = row && ['pending', 'unconfirmed', 'sent'].includes(row.status) && part.newest;
  if (final) {
    await refuseAttempt(tx, part, event.platformMessageId, error);
    await resolveGivenUp(tx, message, {
      status: 'failed',
      error,
      source: 'platform',
      deadLetter: false,
    });
  } else
    await addTransition(tx, {
      messageId: message.id,
      status: 'failed',
      source: 'platform',
      applied: false,
      error,
    });
  if (event.error?.unknownCode !== undefined)
    await raiseUnknownCode(tx, message.accountId, event.error.unknownCode);
}

/** Notes which call it was, so that a resend knows which part has to go once more. */
async function refuseAttempt(
  tx: Transaction,
  part: PartRow,
  platformMessageId: string,
  error: { code: string; message: string },
): Promise<void> {
  await tx.query(
    `update send_attempts
        set outcome = 'refused', platform_message_id = $3, error_code = $4, error_message = $5,
            evidence_until = null
      where id = (select id from send_attempts where message_id = $1 and part = $2
                   order by platform_message_id is not distinct from $3 desc, number desc limit 1)`,
    [part.message_id, part.part, platformMessageId, error.code, error.message],
  );
  await tx.query(
    'update message_parts set platform_message_id = $3 where message_id = $1 and part = $2',
    [part.message_id, part.part, platformMessageId],
  );
}

/** By the platform's id, or by the id that we sent along and the platform hands back. */
async function findPart(
  tx: Transaction,
  accountId: string,
  event: StatusEvent,
): Promise<PartRow | undefined> {
  const callback = readCallbackData(event.callbackData);
  const [row] = await tx.query<PartRow>(
    `select p.message_id, m.conversation_id, p.part, p.sent_at is not null as sent,
            not exists (select from message_parts q
                         where q.message_id = p.message_id and q.part > p.part) as last_part,
            not exists (select from send_attempts s
                         where s.message_id = p.message_id and s.part = p.part
                           and s.started_at > coalesce(p.sent_at, s.started_at)) as newest,
            exists (select from send_attempts s
                     where s.message_id = p.message_id
                       and (s.outcome is null or s.part <> p.part and s.outcome = 'unknown'
                                                 and s.evidence_until is not null)) as in_flight
       from message_parts p join messages m on m.id = p.message_id
      where p.account_id = $1
        and (p.platform_message_id = $2 or (p.message_id = $3::uuid and p.part = $4::int))
      order by p.part desc limit 1`,
    [accountId, event.platformMessageId, callback?.messageId ?? null, callback?.part ?? null],
  );
  return row;
}

/** The message and part that we sent along with a call: `<message id>` or `<message id>/<part>`. */
export function readCallbackData(
  data: string | null,
): { messageId: string; part: number } | undefined {
  const [, messageId, part = '1'] =
    /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/(\d{1,4}))?$/.exec(data ?? '') ?? [];
  return messageId === undefined ? undefined : { messageId, part: Number(part) };
}
