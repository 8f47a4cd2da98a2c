import { type Ctx, RequestError } from '../http.ts';
import { isId } from './control-bodies.ts';
import { threadByNumber } from './people.ts';
import {
  type Account,
  type Group,
  type Message,
  type Thread,
  type ThreadChange,
  type WhatsAppState,
  openThread,
  threadKey,
} from './state.ts';

/** Each of these throws {@link RequestError} 404 that says what to do first. */
export function findAccount(state: WhatsAppState, id: string | undefined): Account {
  const account = state.accounts.get(id ?? '');
  if (account) return account;
  throw new RequestError(404, `There is no number ${id}; POST /control/whatsapp/accounts first.`);
}

/** The path's customer. Throws {@link RequestError} 400. */
function customerId(ctx: Ctx): string {
  const id = ctx.params['customer_id'] ?? '';
  if (isId(id)) return id;
  throw new RequestError(400, 'A customer is named by the digits of a number or a user id.');
}

function known(state: WhatsAppState, account: Account, id: string): Thread | undefined {
  const thread = state.threads.get(threadKey(account.id, id));
  return thread ?? (/^\d+$/.test(id) ? threadByNumber(state, account, id) : undefined);
}

export function findThread(state: WhatsAppState, ctx: Ctx, account: string): Thread {
  const thread = known(state, findAccount(state, account), customerId(ctx));
  if (thread) return thread;
  throw new RequestError(404, 'This customer is not known to the number: write a message first.');
}

/** Finds or begins the thread with the path's customer. */
export function customerThread(
  state: WhatsAppState,
  ctx: Ctx,
  account: string,
  names: ThreadChange = {},
): Thread {
  const owner = findAccount(state, account);
  const id = known(state, owner, customerId(ctx))?.id ?? customerId(ctx);
  return openThread(state, owner.id, id, names);
}

export function findMessage(place: Thread | Group, id: string): Message {
  const message = place.messages.find((candidate) => candidate.id === id);
  if (message) return message;
  throw new RequestError(404, 'The chat has no message with this id.');
}

export function findGroup(state: WhatsAppState, account: string, id: string): Group {
  const group = state.groups.get(id);
  if (group?.accountId === findAccount(state, account).id) return group;
  throw new RequestError(404, `There is no group ${id}; POST /control/whatsapp/groups first.`);
}
