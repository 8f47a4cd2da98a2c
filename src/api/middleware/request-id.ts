import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Logger } from '../../logger.ts';
import type { ApiState } from '../route.ts';

const ACCEPTABLE = /^[A-Za-z0-9_-]{1,64}$/;

/** Gives the request one id for its answer, its logs and all that follows from it. */
export function requestId(logger: Logger): Middleware<ApiState> {
  return async (ctx, next) => {
    // A caller's value ends up in logs and headers: only a harmless one is kept.
    const given = ctx.get('X-Request-Id');
    const traceId = ACCEPTABLE.test(given) ? given : randomUUID();
    ctx.state.traceId = traceId;
    ctx.state.log = logger.child({ trace_id: traceId });
    ctx.set('X-Request-Id', traceId);
    await next();
  };
}
