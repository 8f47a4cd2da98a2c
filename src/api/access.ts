import type { Caller } from '../database/api-key-store.ts';
import type { AccountScope } from '../database/message-store.ts';
import { ApiError, type FieldError } from './errors.ts';

/** Whether every account of `wanted` is among those of `scope`. */
export function covers(scope: AccountScope, wanted: AccountScope): boolean {
  if (scope === '*') return true;
  return wanted !== '*' && wanted.every((id) => scope.includes(id));
}

/**
 * Throws `account_forbidden` for an account that the key may not use, whether it exists or not:
 * the answer must not tell which ids are in use.
 */
export function requireAccount(
  caller: Caller,
  accountId: string,
  part: FieldError['in'],
  pointer = '/account_id',
): void {
  if (covers(caller.accountIds, [accountId])) return;
  throw new ApiError('account_forbidden', {
    errors: [{ in: part, pointer, detail: 'is not among the accounts of your key' }],
  });
}

/** Throws `account_forbidden` unless the key is for all accounts, those to come included. */
export function requireAllAccounts(caller: Caller, what: string): void {
  if (caller.accountIds === '*') return;
  throw new ApiError('account_forbidden', {
    detail: `To ${what}, a key for all accounts ("account_ids": "*") is needed.`,
  });
}
