import type { ChannelEvent } from '../channel.ts';
import { unusable } from '../meta-webhook.ts';
import type { Source } from '../meta-webhook.ts';
import { customerOf, isSamePerson } from './addresses.ts';
import { System } from './schema.ts';
import type { Message } from './schema.ts';

/** `customer_…` are the names of older versions. */
const CHANGES = [
  'user_changed_number',
  'customer_changed_number',
  'user_changed_user_id',
  'customer_changed_user_id',
];

/** A customer got another number or user id; what else the system says is of no use. */
export function readSystem(
  message: Message,
  raw: Record<string, unknown>,
  source: Source,
): ChannelEvent {
  const system = System.safeParse(raw['system']).data;
  if (!system) return unusable('unreadable', raw, source);
  if (!CHANGES.includes(system.type ?? '')) return unusable('ignored', raw, source);
  const { old, phone } = numbersOf(message, system);
  const userId = message.from_user_id ?? system.previous_user_id ?? null;
  const customer = customerOf({ phone: old, userId });
  const now = customerOf({ phone, userId: system.user_id ?? null });
  if (!customer || !now) return unusable('unreadable', raw, source);
  const known = [customer.externalId, ...(customer.aliases ?? [])];
  const { externalId, aliases = [] } = now;
  if ([externalId, ...aliases].every((id) => known.includes(id)))
    return unusable('unreadable', raw, source);
  return {
    kind: 'identity_changed',
    key: `identity_changed:${message.id}`,
    accountExternalId: source.accountId,
    at: message.timestamp ?? null,
    customer,
    now: { externalId, aliases },
  };
}

type Numbers = { old: string | null; phone: string | null };

/** The number before and after; one that has not changed is still what to write to. */
function numbersOf({ from }: Message, { wa_id, new_wa_id, customer }: System): Numbers {
  const isNow = (id: string | null | undefined, phone: string) =>
    !id || isSamePerson({ phone: id, userId: null }, { phone, userId: null });
  const told = wa_id ?? new_wa_id ?? null;
  if (told === null) {
    // Nothing but the number before, or in its place the new one.
    const changed = from && customer && !isNow(customer, from);
    return {
      old: from ?? customer ?? null,
      phone: changed ? customer : (from ?? customer ?? null),
    };
  }
  // Some versions send the message from the new number already.
  const before = [from, customer].find((id) => !isNow(id, told));
  return { old: before ?? from ?? customer ?? null, phone: told };
}
