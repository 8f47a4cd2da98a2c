import { randomBytes } from 'node:crypto';
import { type Ctx, bodyOf } from '../http.ts';
import type { GraphRefusals } from './errors.ts';

/** A token of an account. Any one that is `valid` and not over its time opens the account. */
export type Token = {
  value: string;
  /** Milliseconds since 1970, as everywhere here. */
  issuedAt: number;
  expiresAt: number;
  state: 'valid' | 'expired' | 'revoked';
};

export type Caller<A> = { account: A; token: Token };

const LONG_LIVED = 60 * 24 * 3_600_000;

/** A long-lived token: 60 days. */
export function newToken(
  now: number,
  value = `IGAA${randomBytes(36).toString('base64url')}`,
): Token {
  return { value, issuedAt: now, expiresAt: now + LONG_LIVED, state: 'valid' };
}

/** Puts a token first among the account's; one with the same value is replaced. */
export function giveToken(account: { tokens: Token[] }, token: Token): void {
  account.tokens = account.tokens.filter(({ value }) => value !== token.value);
  account.tokens.unshift(token);
}

/** A change of every token of the account, as control asks for it. */
export type TokenChange = {
  token?: Token['state'] | undefined;
  token_age_hours?: number | undefined;
};

export function changeTokens(
  { tokens }: { tokens: Token[] },
  { token: state, token_age_hours: hours }: TokenChange,
  now: number,
): void {
  for (const token of tokens) {
    if (state !== undefined) token.state = state;
    if (hours !== undefined) token.issuedAt = now - hours * 3_600_000;
  }
}

/** Whose token the request carries: in `Authorization: Bearer` or as `access_token`. Throws 190. */
export function authenticate<A extends { tokens: Token[] }>(
  accounts: Iterable<A>,
  ctx: Ctx,
  now: number,
  refusals: GraphRefusals,
): Caller<A> {
  const value = tokenOf(ctx);
  if (!value) throw refusals.missingToken();
  for (const account of accounts) {
    const token = account.tokens.find((candidate) => candidate.value === value);
    if (!token) continue;
    if (token.state === 'revoked') throw refusals.revokedToken();
    if (token.state === 'expired' || token.expiresAt <= now) throw refusals.expiredToken();
    return { account, token };
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

/** Parameters come in the query, a form or a JSON body alike. */
export function parameter(ctx: Ctx, name: string): string | undefined {
  const body = bodyOf(ctx) as Record<string, unknown> | null | undefined;
  const value = ctx.query[name] ?? body?.[name];
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : undefined;
}

/** The members asked for with `fields`, and always the id. */
export function pickFields(
  all: Record<string, unknown>,
  ctx: Ctx,
  fallback: string,
): Record<string, unknown> {
  const fields = new Set((parameter(ctx, 'fields') ?? fallback).split(','));
  const chosen = Object.entries(all).filter(([name]) => name === 'id' || fields.has(name));
  return Object.fromEntries(chosen);
}
