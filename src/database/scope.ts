/** `*` or the account ids of a key. */
export type AccountScope = '*' | readonly string[];

/** Whether a key that may use `scope` may use this account. */
export function inScope(scope: AccountScope, accountId: string): boolean {
  return scope === '*' || scope.includes(accountId);
}

/** The scope as a statement takes it, for `$1::text[] is null or id = any($1)`: null is all. */
export function scopeParameter(scope: AccountScope): readonly string[] | null {
  return scope === '*' ? null : scope;
}
