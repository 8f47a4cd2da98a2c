import type { Address, Customer } from '../channel.ts';

/**
 * The ids by which WhatsApp knows people and groups: phone numbers as bare digits with the country
 * code (`wa_id`), business-scoped user ids (`US.1349…`) of people who hide theirs, and group ids.
 */

const PHONE = /^[1-9]\d{6,14}$/;
const USER_ID = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;
// Not documented but opaque and long. Digits alone are more than any number has, mistyped or not.
const GROUP_ID = /^(\d{17,32}|(?=.*[A-Za-z])[\w=@.+/-]{16,256})$/;

/** Who a message is for, as the members of a send. A number without `+` would get our own country's code. */
export function recipientOf(id: string): Record<string, string> {
  if (PHONE.test(id)) return { recipient_type: 'individual', to: `+${id}` };
  if (USER_ID.test(id)) return { recipient_type: 'individual', recipient: id };
  return { recipient_type: 'group', to: id };
}

/** Whether a conversation with this id is a group. */
export function isGroup(id: string): boolean {
  return !PHONE.test(id) && !USER_ID.test(id);
}

/**
 * Reads what the CRM writes to: a number with its country code (`+55 (11) 91234-5678`), a
 * business-scoped user id or a group id. Null for anything else.
 */
export function parseRecipient(recipient: string): Address | null {
  const given = recipient.trim();
  if (/^\+?[\d\s().\u00a0-]+$/.test(given)) {
    const digits = given.replace(/\D/g, '').replace(/^00/, '');
    if (PHONE.test(digits)) return { externalId: digits, aliases: variantsOf(digits) };
  }
  const known = USER_ID.test(given) || GROUP_ID.test(given);
  return known ? { externalId: given, aliases: [] } : null;
}

/**
 * Other ways in which WhatsApp writes the same number. It takes a send to either and answers with,
 * and sends webhooks from, the one it registered. Brazil: mobile numbers with and without the ninth
 * digit; Mexico and Argentina: with and without the mobile prefix.
 */
export function variantsOf(phone: string): string[] {
  const brazil = /^(55[1-9]\d)(9?)([6-9]\d{7})$/.exec(phone);
  if (brazil) return [`${brazil[1]}${brazil[2] ? '' : '9'}${brazil[3]}`];
  const mexico = /^52(1?)(\d{10})$/.exec(phone);
  if (mexico) return [`52${mexico[1] ? '' : '1'}${mexico[2]}`];
  const argentina = /^54(9?)(\d{10})$/.exec(phone);
  if (argentina) return [`54${argentina[1] ? '' : '9'}${argentina[2]}`];
  return [];
}

/** The ids of one person as a webhook tells them; either may be missing. */
export type PersonIds = { phone: string | null; userId: string | null };

/** A person with all ids that are known; the number first. Null where there is none. */
export function customerOf(...known: (PersonIds | null | undefined)[]): Customer | null {
  const phones = known.flatMap((ids) => (ids?.phone ? [ids.phone.replace(/^\+/, '')] : []));
  const userIds = known.flatMap((ids) => (ids?.userId ? [ids.userId] : []));
  const [externalId, ...others] = new Set([...phones, ...userIds]);
  if (externalId === undefined) return null;
  const aliases = new Set([...others, ...phones.flatMap(variantsOf)]);
  aliases.delete(externalId);
  return aliases.size > 0 ? { externalId, aliases: [...aliases] } : { externalId };
}

/** Whether both have an id in common, written in whatever way. */
export function isSamePerson(one: PersonIds, other: PersonIds): boolean {
  if (one.userId !== null && one.userId === other.userId) return true;
  if (one.phone === null || other.phone === null) return false;
  const [a, b] = [one.phone.replace(/^\+/, ''), other.phone.replace(/^\+/, '')];
  return a === b || variantsOf(a).includes(b);
}
