import type { Middleware } from 'koa';
import { bodyOf, rawOf } from '../http.ts';
import { type GraphRefusals, MetaError, metaErrorBody } from './errors.ts';

/**
 * Answers refusals in the Graph API's shape; a version in the path below `/<name>` is taken off
 * before routing.
 */
export function speakGraph(name: string, refusals: GraphRefusals): Middleware {
  const versioned = new RegExp(`^/${name}/v\\d+\\.\\d+(?=/)`);
  return async (ctx, next) => {
    ctx.path = ctx.path.replace(versioned, `/${name}`);
    ctx.set('facebook-api-version', 'v25.0');
    try {
      if (rawOf(ctx).length > 0 && bodyOf(ctx) === undefined)
        throw refusals.parameter('The body is neither valid JSON nor a form.');
      await next();
      if (ctx.body === undefined && ctx.respond !== false) throw refusals.unknownObject(ctx.path);
    } catch (error) {
      if (!(error instanceof MetaError)) throw error;
      ctx.status = error.status;
      ctx.body = metaErrorBody(error);
      ctx.state['meta_error'] = error;
    }
  };
}
