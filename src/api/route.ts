import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Caller } from '../database/api-key-store.ts';
import type { Logger } from '../logger.ts';
import type { ErrorCode } from './error-codes.ts';

/** What middleware leaves on `ctx.state` for what comes after it. */
export type ApiState = {
  /** `X-Request-Id` of the answer, `correlation_id` of errors and events, `trace_id` of logs. */
  traceId: string;
  /** Adds `trace_id` to every line. */
  log: Logger;
  /** The path of the matched route, with its parameters' names: what logs may show. */
  pattern?: string;
  /** Set once the API key is known to be good. */
  caller?: Caller;
};

/** `public`: no key. `crm`: any key. `admin`: keys of role admin. */
export type Auth = 'public' | 'crm' | 'admin';

/** One possible answer of a route. Without a schema it has no body. */
export type ResponseSpec = {
  description: string;
  schema?: z.ZodType;
  example?: unknown;
  /** `application/json` unless said otherwise. */
  contentType?: string;
};

type Responses = Record<number, ResponseSpec>;

/** An answer that fits one of the documented responses. */
export type Reply<R extends Responses = Responses> = {
  [S in keyof R & number]: {
    status: S;
    headers?: Record<string, string>;
  } & (R[S] extends { schema: infer T extends z.ZodType }
    ? { body: z.output<T> }
    : { body?: undefined });
}[keyof R & number];

/** A request whose every part has passed its schema. */
export type RouteRequest<
  P extends z.ZodType,
  Q extends z.ZodType,
  H extends z.ZodType,
  B extends z.ZodType,
  A extends Auth,
> = {
  params: z.output<P>;
  query: z.output<Q>;
  headers: z.output<H>;
  body: z.output<B>;
  /** The bytes as they came, where the route asked for them with `rawBodyLimit`. */
  bytes: Buffer;
  allHeaders: IncomingHttpHeaders;
  caller: A extends 'public' ? null : Caller;
  traceId: string;
  log: Logger;
};

type RouteDefinition<
  P extends z.ZodType,
  Q extends z.ZodType,
  H extends z.ZodType,
  B extends z.ZodType,
  R extends Responses,
  A extends Auth,
> = {
  method: 'get' | 'post' | 'put' | 'delete';
  /** As OpenAPI writes it: `/api/v1/accounts/{account_id}`. */
  path: string;
  operationId: string;
  summary: string;
  /** Markdown. What the call does, and what happens next. */
  description: string;
  tags: string[];
  auth: A;
  params?: P;
  query?: Q;
  /** Lower-case names. */
  headers?: H;
  body?: B;
  bodyExample?: z.input<NoInfer<B>>;
  /** Bytes that a route takes as they are, instead of `body`. */
  rawBodyLimit?: number;
  responses: R;
  /** The codes that this operation adds to those of every operation like it. */
  errors?: ErrorCode[];
  /** Every answer says since when, and which path took its place. */
  deprecated?: { at: Date; successor: string };
  /** Left out of the OpenAPI document: pages and their assets. */
  hidden?: boolean;
  handle(request: RouteRequest<P, Q, H, B, A>): Promise<Reply<NoInfer<R>>> | Reply<NoInfer<R>>;
};

/** A route with its types erased: what the router and the documentation work with. */
export type Route = Omit<
  RouteDefinition<z.ZodType, z.ZodType, z.ZodType, z.ZodType, Responses, Auth>,
  'handle'
> & {
  handle(request: AnyRequest): Promise<AnyReply> | AnyReply;
};

/** A request before the route's own types are known. */
export type AnyRequest = Omit<
  RouteRequest<z.ZodType, z.ZodType, z.ZodType, z.ZodType, Auth>,
  'caller'
> & { caller: Caller | null };

/** An answer before the route's own types are known. */
export type AnyReply = { status: number; headers?: Record<string, string>; body?: unknown };

/** A route as one object: schemas, documentation and handler, with the handler's types inferred. */
export function defineRoute<
  const R extends Responses,
  const A extends Auth,
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  H extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(definition: RouteDefinition<P, Q, H, B, R, A>): Route {
  // The router fills the request from these same schemas, so that the erased type is safe.
  return definition as unknown as Route;
}
