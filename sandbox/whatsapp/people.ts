import { refusals } from './errors.ts';
import type { Json } from './content.ts';
import { canonical, countryCodeOf, digitsOf } from './numbers.ts';
import {
  type Account,
  type Group,
  type Thread,
  type WhatsAppState,
  openThread,
  threadKey,
} from './state.ts';

/** Whom a call wants to reach, and how the answer names them. */
export type Addressee = { thread: Thread; contact: object };

type Settings = { country_code: 'always' | 'never' };

/** The person behind `to` or, where there is none, `recipient`. Throws the platform's refusals. */
export function addressee(
  state: WhatsAppState,
  account: Account,
  body: Json,
  settings: Settings,
): Addressee {
  const { to, recipient } = body;
  if (typeof to === 'string' || typeof to === 'number')
    return byNumber(state, account, String(to), settings);
  if (typeof recipient !== 'string') throw refusals.missing('to');
  const thread = threadsOf(state, account).find(({ userId }) => userId === recipient);
  if (!thread) throw refusals.invalid(`The recipient ${recipient} is not a user of this business.`);
  return { thread, contact: { input: recipient, user_id: recipient } };
}

function byNumber(
  state: WhatsAppState,
  account: Account,
  input: string,
  settings: Settings,
): Addressee {
  const given = digitsOf(input);
  if (given === '') throw refusals.invalid('The parameter to must be a phone number.');
  const complete = input.trim().startsWith('+') || settings.country_code === 'never';
  const digits = complete ? given : countryCodeOf(account.number) + given;
  if (canonical(digits) === canonical(account.number)) throw refusals.ownNumber();
  const thread =
    threadByNumber(state, account, digits) ?? openThread(state, account.id, canonical(digits));
  return { thread, contact: { input, wa_id: thread.number ?? canonical(digits) } };
}

/** The person with this number, with or without the digit that WhatsApp leaves out. */
export function threadByNumber(
  state: WhatsAppState,
  account: Account,
  digits: string,
): Thread | undefined {
  const wanted = canonical(digits);
  return (
    state.threads.get(threadKey(account.id, digits)) ??
    threadsOf(state, account).find(({ number }) => number !== null && canonical(number) === wanted)
  );
}

function threadsOf({ threads }: WhatsAppState, { id }: Account): Thread[] {
  return [...threads.values()].filter(({ accountId }) => accountId === id);
}

/** Throws the platform's refusal for a group that the number is not in. */
export function groupOf(state: WhatsAppState, account: Account, id: unknown): Group {
  const group = typeof id === 'string' ? state.groups.get(id) : undefined;
  if (group?.accountId === account.id) return group;
  throw refusals.badValue(`The group ${String(id)} does not exist.`);
}

export function participantsOf(state: WhatsAppState, group: Group): Thread[] {
  return group.participants.flatMap(
    (id) => state.threads.get(threadKey(group.accountId, id)) ?? [],
  );
}
