import type { Middleware } from 'koa';
import type { ApiState } from '../route.ts';

/** One line per request. The raw URL stays out: it may hold a platform's ids and tokens. */
export function accessLog(): Middleware<ApiState> {
  return async (ctx, next) => {
    const started = performance.now();
    try {
      await next();
    } finally {
      ctx.state.log.info('request', {
        method: ctx.method,
        path: ctx.state.pattern ?? '(no route)',
        status: ctx.status,
        duration_ms: Math.round((performance.now() - started) * 10) / 10,
        key_id: ctx.state.caller?.keyId,
      });
    }
  };
}
