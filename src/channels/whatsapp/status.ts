import type { ChannelEvent, Customer } from '../channel.ts';
import { unusable } from '../meta-webhook.ts';
import type { Source } from '../meta-webhook.ts';
import { customerOf, isSamePerson } from './addresses.ts';
import { reasonOf } from './errors.ts';
import { Status } from './schema.ts';
import type { Contact } from './schema.ts';

type StatusValue = Extract<ChannelEvent, { kind: 'status' }>['status'];

const VALUES: Record<string, StatusValue | undefined> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  // A voice message that was listened to.
  played: 'read',
  failed: 'failed',
};

/**
 * Reads one item of `statuses`. Their order is not the order of events and any may be missing or
 * come twice: the key has what makes one unlike another. Follows "Status messages webhook reference".
 */
export function readStatus(raw: unknown, contacts: Contact[], source: Source): ChannelEvent {
  const parsed = Status.safeParse(raw);
  if (!parsed.success) return unusable('unreadable', raw, source);
  const item = parsed.data;
  const status = Object.hasOwn(VALUES, item.status) ? VALUES[item.status] : undefined;
  // What became of a payment has the form of a status: `failed` is not the message.
  if (!status || item.type === 'payment') return unusable('ignored', raw, source);
  const inGroup = item.recipient_type === 'group';
  const participant = item.recipient_participant_id ?? item.recipient_participant_user_id;
  const customer = inGroup ? memberOf(item) : personOf(item, contacts);
  const hide = [item.recipient_id, item.recipient_user_id, source.accountId, participant];
  return {
    kind: 'status',
    key: `${item.status}:${item.id}${participant ? `:${participant}` : ''}`,
    accountExternalId: source.accountId,
    at: item.timestamp ?? null,
    status,
    platformMessageId: item.id,
    callbackData: item.biz_opaque_callback_data ?? null,
    customer,
    // Every message has statuses of its own.
    earlierToo: false,
    error:
      status === 'failed'
        ? reasonOf(
            item.errors ?? [],
            hide.filter((id) => typeof id === 'string'),
          )
        : null,
  };
}

function personOf(item: Status, contacts: Contact[]): Customer | null {
  const ids = { phone: item.recipient_id ?? null, userId: item.recipient_user_id ?? null };
  const contact = contacts
    .map((one) => ({ phone: one.wa_id ?? null, userId: one.user_id ?? null }))
    .find((one) => isSamePerson(ids, one));
  return customerOf(ids, contact);
}

/** In a group `recipient_id` is the group's. */
function memberOf(item: Status): Customer | null {
  const group = item.recipient_id;
  const member = customerOf({
    phone: item.recipient_participant_id ?? null,
    userId: item.recipient_participant_user_id ?? null,
  });
  if (!group) return member;
  return { ...(member ?? { externalId: group }), group: { externalId: group } };
}
