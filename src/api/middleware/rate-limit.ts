import type { Middleware } from 'koa';
import { ApiError } from '../errors.ts';
import type { ApiState } from '../route.ts';
import { type Allowance, createTokenBuckets } from './token-buckets.ts';

/** So many requests a minute for each API key; 0 switches it off. Stands behind `authenticate`. */
export function rateLimit(perMinute: number): Middleware<ApiState> {
  if (perMinute === 0) return (_ctx, next) => next();
  const buckets = createTokenBuckets(perMinute);
  return async (ctx, next) => {
    const { caller } = ctx.state;
    if (!caller) return next();
    const allowance = buckets.take(caller.keyId);
    ctx.set(rateLimitHeaders(allowance));
    if (!allowance.allowed) throw tooMany(allowance);
    return next();
  };
}

/** The 429 of a used-up allowance, saying when to come back. */
export function tooMany(allowance: Allowance): ApiError {
  return new ApiError('rate_limited', {
    detail: `${allowance.limit} requests a minute are allowed; wait ${allowance.resetSeconds} s.`,
    headers: { ...rateLimitHeaders(allowance), 'Retry-After': String(allowance.resetSeconds) },
  });
}

function rateLimitHeaders(allowance: Allowance): Record<string, string> {
  return {
    'RateLimit-Limit': String(allowance.limit),
    'RateLimit-Remaining': String(allowance.remaining),
    'RateLimit-Reset': String(allowance.resetSeconds),
  };
}
