import type { ContactCard } from '../../domain/message-details.ts';
import { readVcard } from '../vcard.ts';
import type { Bodies, SharedUserIn } from './bodies.ts';
import { nameOf } from './customer.ts';
import type { MessageIn } from './schema.ts';

/** The card that the customer shared, whole, or the people that they chose; following `Contact` and
 * `UsersShared` of the Bot API. */
export function cardsIn(contact: MessageIn['contact'], bodies: Bodies): ContactCard[] {
  return contact ? [cardOf(contact)] : sharedBy(bodies).map(cardOfUser);
}

function cardOf(contact: NonNullable<MessageIn['contact']>): ContactCard {
  const { phone_number: number, first_name, last_name, user_id: platform_id, vcard } = contact;
  const told = readVcard(vcard ?? '');
  // The number of the message once more, mostly written in another way.
  const others = told.phones.filter((phone) => digitsOf(phone.number) !== digitsOf(number));
  const own = told.phones.find((phone) => digitsOf(phone.number) === digitsOf(number));
  const first = number === null ? [] : [{ number, type: own?.type ?? null, platform_id }];
  return {
    ...told,
    name: nameOf({ first_name, last_name }) ?? told.name,
    ...{ first_name, last_name, platform_id, vcard },
    phones: [...first, ...others],
  };
}

function digitsOf(number: string | null): string {
  return (number ?? '').replace(/\D/g, '');
}

/** Whom the customer chose; what had one person before Bot API 7.0, and ids alone in 7.0. */
export function sharedBy({ users_shared: shared, user_shared: one }: Bodies): SharedUserIn[] {
  if (shared?.users && shared.users.length > 0) return shared.users;
  const ids = shared?.user_ids ?? (one ? [one.user_id] : []);
  return ids.map((user_id) => ({ user_id, first_name: null, last_name: null, username: null }));
}

function cardOfUser({ user_id, first_name, last_name, username }: SharedUserIn): ContactCard {
  const url = username === null ? [] : [{ url: `https://t.me/${username}`, type: 'telegram' }];
  return {
    ...readVcard(''),
    name: nameOf({ first_name, last_name }),
    ...{ first_name, last_name, platform_id: user_id, vcard: null },
    urls: url,
  };
}
