/** `*` or the account ids of a key. */
export type AccountScope = '*' | readonly string[];

/** Whether a key that may use `scope` may use this account. */
export function inScope(scope: AccountScope, accountId: string): boolean {
  return scope === '*' || scope.includes(accountId);
}
