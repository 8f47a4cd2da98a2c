import type { Middleware } from 'koa';
import { bodyOf, formOf, rawOf } from './http.ts';

/** One request as it came in and what it was answered: what a test looks at afterwards. */
export type Call = {
  /** Counts from 1 in order of arrival; `?after=` of `/received` takes it. */
  seq: number;
  /** Milliseconds on a clock that never jumps; for gaps and order. */
  monotonic_ms: number;
  /** Wall time of the arrival, UTC. */
  at: string;
  method: string;
  path: string;
  query: Record<string, string>;
  /** Without `Authorization`, `Cookie`, access tokens and secrets. */
  headers: Record<string, string>;
  /** Parsed JSON or form; text where it is neither. */
  body: unknown;
  /** As text; empty for uploads and where a token would show. */
  raw: string;
  /** Null while unanswered, and for a connection that was cut. */
  status: number | null;
  duration_ms: number | null;
  /** The mode of the fault that was played, if any. */
  fault: string | null;
  /** Only for the CRM: what the receiver thought of the signatures. */
  signature: unknown;
};

export type Ledger = {
  calls(filter?: { after?: number; path?: string; method?: string }): Call[];
  clear(): void;
  record: Middleware;
};

const KEPT = 20_000;
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

/**
 * Keeps the newest {@link KEPT} calls in memory; it is not part of the saved state. `hide` takes
 * secrets out of a path; tokens in headers, query and body are left out in any case.
 */
export function createLedger(hide: (path: string) => string = (path) => path): Ledger {
  let calls: Call[] = [];
  let next = 1;
  return {
    calls: ({ after = 0, path = '', method } = {}) =>
      calls.filter(
        (call) =>
          call.seq > after && call.path.includes(path) && (!method || call.method === method),
      ),
    clear: () => void (calls = []),
    async record(ctx, following) {
      const call = { ...describe(ctx, next++), path: hide(ctx.path) };
      calls.push(call);
      if (calls.length > KEPT) calls = calls.slice(-KEPT / 2);
      try {
        await following();
      } finally {
        call.status = ctx.respond === false ? null : ctx.status;
        call.duration_ms = performance.now() - call.monotonic_ms;
        call.fault = ctx.state['fault'] ?? null;
        call.signature = ctx.state['signature'] ?? null;
      }
    },
  };
}

function describe(ctx: Parameters<Middleware>[0], seq: number): Call {
  const raw = rawOf(ctx).toString('utf8');
  return {
    seq,
    monotonic_ms: performance.now(),
    at: new Date().toISOString(),
    method: ctx.method,
    path: ctx.path,
    query: withoutToken(Object.fromEntries(new URLSearchParams(ctx.querystring))),
    headers: Object.fromEntries(
      Object.entries(ctx.headers)
        .filter(([name]) => !SECRET_HEADERS.has(name))
        .map(([name, value]) => [name, String(value)]),
    ),
    body: withoutToken(bodyOf(ctx) ?? raw),
    raw: formOf(ctx) || /access_token|client_secret|secret_token/.test(raw) ? '' : raw,
    status: null,
    duration_ms: null,
    fault: null,
    signature: null,
  };
}

function withoutToken<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const {
    access_token: _token,
    client_secret: _secret,
    secret_token: _ofWebhook,
    ...rest
  } = value as Record<string, unknown>;
  return rest as T;
}
