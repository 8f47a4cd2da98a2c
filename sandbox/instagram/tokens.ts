import { type Ctx, bodyOf } from '../http.ts';
import { MetaError, refusals } from './errors.ts';
import type { Account, InstagramState, Token } from './state.ts';

export type Caller = { account: Account; token: Token };

/** Whose token the request carries: in `Authorization: Bearer` or as `access_token`. Throws 190. */
export function authenticate(state: InstagramState, ctx: Ctx, now: number): Caller {
  const value = tokenOf(ctx);
  if (!value) throw refusals.missingToken();
  for (const account of state.accounts.values()) {
    const token = account.tokens.find((candidate) => candidate.value === value);
    if (token) return { account, token: usable(token, now) };
  }
  throw refusals.badToken();
}

function tokenOf(ctx: Ctx): string | undefined {
  const bearer = /^Bearer +(.+)$/i.exec(ctx.get('authorization'))?.[1];
  const inQuery = ctx.query['access_token'];
  const inBody = (bodyOf(ctx) as { access_token?: unknown } | null | undefined)?.access_token;
  const value = bearer ?? inQuery ?? inBody;
  return typeof value === 'string' ? value : undefined;
}

function usable(token: Token, now: number): Token {
  if (token.state === 'revoked') throw refusals.revokedToken();
  if (token.state === 'expired' || token.expiresAt <= now) throw refusals.expiredToken();
  return token;
}

/** The path's account: `me` or the token's own id. A foreign id looks like one that is not there. */
export function ownAccount(caller: Caller, id: string): Account {
  if (id === 'me' || id === caller.account.id) return caller.account;
  throw refusals.unknownObject(id);
}

/** Parameters come in the query, a form or a JSON body alike. */
export function parameter(ctx: Ctx, name: string): string | undefined {
  const body = bodyOf(ctx) as Record<string, unknown> | null | undefined;
  const value = ctx.query[name] ?? body?.[name];
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : undefined;
}

/** Throws the platform's refusal unless the parameter has this value. */
export function requireGrant(ctx: Ctx, grant: string): void {
  if (parameter(ctx, 'grant_type') !== grant)
    throw new MetaError({
      code: 100,
      type: 'IGApiException',
      message: `(#100) Param grant_type must be ${grant}`,
    });
}
