import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Context, Middleware } from 'koa';
import { LRUCache } from 'lru-cache';
import type { ApiKeyStore } from '../../database/api-key-store.ts';
import { ApiError } from '../errors.ts';
import type { ApiState } from '../route.ts';
import { tooMany } from './rate-limit.ts';
import { createTokenBuckets } from './token-buckets.ts';

/** No key of ours is near this long; longer ones are not worth a look-up. */
const MAX_KEY_LENGTH = 256;

/**
 * Lets only requests with one good `Authorization: Bearer` key pass, and says who calls.
 * Failures are counted per address, at a tenth of the rate of good requests (0: not counted).
 */
export function authenticate(
  apiKeys: Pick<ApiKeyStore, 'authenticate'>,
  perMinute: number,
): Middleware<ApiState> {
  const failures = createTokenBuckets(Math.max(1, Math.floor(perMinute / 10)));
  // Behind one proxy all clients share an address: keys that were good pass even when somebody
  // else has used up the failures. They are still looked up, so that a revoked one is refused.
  const goodBefore = new LRUCache<string, true>({ max: 1000 });

  return async (ctx, next) => {
    const key = bearerKey(ctx);
    const digest = createHash('sha256').update(key).digest('base64');
    const address = addressGroup(ctx.ip);
    if (perMinute > 0 && !goodBefore.has(digest)) {
      // Asked before the database is, or guessing keys would be a load on it.
      const allowance = failures.look(address);
      if (!allowance.allowed) throw tooMany(allowance);
    }
    const caller = await apiKeys.authenticate(key);
    if (!caller) {
      failures.take(address);
      goodBefore.delete(digest);
      throw unauthorized('The API key is unknown, expired or revoked.', 'invalid_token');
    }
    goodBefore.set(digest, true);
    ctx.state.caller = caller;
    await next();
  };
}

function bearerKey(ctx: Context): string {
  // Node keeps the first of two Authorization headers and drops the other without a word.
  const given = ctx.req.headersDistinct['authorization'] ?? [];
  if (given.length === 0)
    throw unauthorized('The request has no Authorization header; send "Bearer <API key>".');
  if (given.length > 1)
    throw unauthorized('The request has more than one Authorization header.', 'invalid_request');
  const key = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(given[0] ?? '')?.[1];
  if (!key || key.length > MAX_KEY_LENGTH)
    throw unauthorized('Authorization is not "Bearer <API key>".', 'invalid_request');
  return key;
}

function unauthorized(detail: string, reason?: 'invalid_token' | 'invalid_request'): ApiError {
  const error = reason ? `, error="${reason}"` : '';
  return new ApiError('unauthorized', {
    detail,
    headers: { 'WWW-Authenticate': `Bearer realm="chat4all"${error}` },
  });
}

/** An IPv4 address, or the /64 that one IPv6 customer commonly has for himself. */
function addressGroup(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address instanceof ipaddr.IPv6) return address.parts.slice(0, 4).join(':');
  return address.toString();
}
