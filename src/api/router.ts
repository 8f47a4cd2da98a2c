import type { Readable } from 'node:stream';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { ApiError } from './errors.ts';
import { requireStorable } from './json.ts';
import { readBytes, readJson } from './middleware/body.ts';
import { comparePaths } from './path-order.ts';
import { readParams } from './path-parameters.ts';
import type { AnyRequest, ApiState, Route } from './route.ts';
import { validate } from './validate.ts';

/** What stands before a route that needs a key. */
export type Guards = { authenticate: Middleware<ApiState>; rateLimit: Middleware<ApiState> };

/** Serves routes: first who calls, then what they may, then whether each part of it is valid. */
export function createRouter(routes: Route[], guards: Guards): Router<ApiState> {
  const router = new Router<ApiState>();
  // The first that fits serves a request: a parameter must not take the fixed text of another path.
  for (const route of routes.toSorted((a, b) => comparePaths(a.path, b.path)))
    router.register(routerPath(route), [route.method], chain(route, guards));
  return router;
}

function routerPath({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Ends a request that no route took: a wrong method on a known path, or an unknown path. */
export function nothingFits(): Middleware<ApiState> {
  return (ctx) => {
    const meant = matchedLayers(ctx)[0];
    if (!meant)
      throw new ApiError('route_not_found', { detail: 'See /docs for the paths there are.' });
    throw methodNotAllowed(ctx, meant.path);
  };
}

type Layer = { path: string; methods: string[] };

/** Of every path that the request fits, the one that it means first. */
function matchedLayers(ctx: Context): Layer[] {
  const layers = (ctx['matched'] ?? []) as Layer[];
  return layers.toSorted((a, b) => comparePaths(a.path, b.path));
}

function methodNotAllowed(ctx: Context, path: string): ApiError {
  const layers = matchedLayers(ctx).filter((layer) => layer.path === path);
  const allowed = [...new Set(layers.flatMap((layer) => layer.methods))].join(', ');
  const headers = { Allow: allowed };
  return new ApiError('method_not_allowed', { detail: `It takes ${allowed}.`, headers });
}

function chain(route: Route, { authenticate, rateLimit }: Guards) {
  const path = routerPath(route);
  const name: Middleware<ApiState> = (ctx, next) => {
    const meant = matchedLayers(ctx)[0];
    if (meant && meant.path !== path) throw methodNotAllowed(ctx, meant.path);
    ctx.state.pattern = route.path;
    ctx.set(deprecationOf(route));
    return next();
  };
  const guards = route.auth === 'public' ? [] : [authenticate, rateLimit, requireRole(route)];
  const serve: Middleware<ApiState> = async (ctx) => {
    const reply = await route.handle(await readRequest(ctx, route));
    ctx.status = reply.status;
    const contentType = route.responses[reply.status]?.contentType;
    if (contentType === undefined) ctx.body = reply.body ?? null;
    else {
      ctx.type = contentType;
      ctx.body = reply.body as string | Buffer | Readable;
    }
    // Last: a file's own type counts for more than the documented one.
    ctx.set(reply.headers ?? {});
    // Koa makes a 204 of a null body, which is right only where it was meant.
    ctx.status = reply.status;
  };
  return [name, ...guards, serve];
}

/** As RFC 9745 and RFC 5829 write it. */
function deprecationOf({ deprecated }: Route): Record<string, string> {
  if (!deprecated) return {};
  return {
    Deprecation: `@${deprecated.at.getTime() / 1000}`,
    Link: `<${deprecated.successor}>; rel="successor-version"`,
  };
}

/** An admin key may do what a crm key may; the other way round it stops here. */
function requireRole(route: Route): Middleware<ApiState> {
  return (ctx, next) => {
    if (route.auth === 'admin' && ctx.state.caller?.role !== 'admin')
      throw new ApiError('role_forbidden', { detail: 'This operation needs a key of role admin.' });
    return next();
  };
}

async function readRequest(ctx: Context & { state: ApiState }, route: Route): Promise<AnyRequest> {
  const params = readParams(route, ctx['params']);
  const query =
    route.query && validate(route.query, requireStorable({ ...ctx.query }, 'query'), 'query');
  const headers = route.headers && validate(route.headers, headersOf(ctx), 'header');
  const bytes = route.rawBodyLimit ? await readBytes(ctx, route.rawBodyLimit) : Buffer.alloc(0);
  const body = route.body && validate(route.body, await readJson(ctx), 'body');
  return {
    params,
    query,
    headers,
    body,
    bytes,
    allHeaders: ctx.req.headers,
    caller: ctx.state.caller ?? null,
    traceId: ctx.state.traceId,
    log: ctx.state.log,
  };
}

/** A header that was sent twice comes as a list, so that a schema for one value refuses it. */
function headersOf(ctx: Context): Record<string, string | string[] | undefined> {
  return Object.fromEntries(
    Object.entries(ctx.req.headersDistinct).map(([name, values = []]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  );
}
