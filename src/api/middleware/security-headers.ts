import type { Middleware } from 'koa';

const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Browsers heed it over HTTPS only, so that it does no harm on a laptop.
  'Strict-Transport-Security': 'max-age=31536000',
  // Answers hold messages and, once, keys: no cache on the way may keep them.
  'Cache-Control': 'no-store',
};

/** The strictest headers for every answer; the documentation pages replace what they must. */
export function securityHeaders(): Middleware {
  return async (ctx, next) => {
    ctx.set(HEADERS);
    await next();
  };
}
