import { type Ctx, RequestError } from '../http.ts';
import { isId } from './control-bodies.ts';
import {
  type Account,
  type DirectMessage,
  type InstagramState,
  type Thread,
  threadKey,
} from './state.ts';

/** Each of these throws {@link RequestError} 404 that says what to do first. */
export function findAccount(state: InstagramState, id: string | undefined): Account {
  const account = state.accounts.get(id ?? '');
  if (account) return account;
  throw new RequestError(404, `There is no account ${id}; POST /control/instagram/accounts first.`);
}

/** The path's customer. Throws {@link RequestError} 400. */
export function customerId(ctx: Ctx): string {
  const id = ctx.params['customer_id'] ?? '';
  if (isId(id)) return id;
  throw new RequestError(400, 'A customer id has 1 to 64 letters, digits, "_" or "-".');
}

export function findThread(state: InstagramState, ctx: Ctx, account: string): Thread {
  const thread = state.threads.get(threadKey(findAccount(state, account).id, customerId(ctx)));
  if (thread) return thread;
  throw new RequestError(404, 'This customer is not known to the account: write a message first.');
}

export function findMessage(thread: Thread, mid: string): DirectMessage {
  const message = thread.messages.find((candidate) => candidate.mid === mid);
  if (message) return message;
  throw new RequestError(404, 'The thread has no message with this mid.');
}
