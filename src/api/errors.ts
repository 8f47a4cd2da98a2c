import type { Middleware } from 'koa';
import { errorClass } from '../logger.ts';
import { ERROR_TITLES, type ErrorCode, isRetryable, statusOf } from './error-codes.ts';
import type { ApiState } from './route.ts';

/** Where in a request something is wrong. `pointer` is a JSON pointer (RFC 6901). */
export type FieldError = {
  in: 'body' | 'path' | 'query' | 'header';
  pointer: string;
  detail: string;
};

/** What a problem document may say beyond its code. */
export type ErrorDetails = {
  detail?: string;
  errors?: FieldError[];
  headers?: Record<string, string>;
  /** The message that a conflict is about; a member of its own in the answer. */
  messageId?: string;
  /** The present status of what a conflict is about; a member of its own in the answer. */
  state?: string;
  cause?: unknown;
};

/** The one error that handlers throw. The status follows from the code. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.detail ?? ERROR_TITLES[code], { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/** An error about one member of the body, or about the whole of it with the empty pointer. */
export function bodyError(code: ErrorCode, pointer: string, detail: string): ApiError {
  const sentence = pointer === '' ? detail : `body ${pointer}: ${detail}`;
  return new ApiError(code, { detail: sentence, errors: [{ in: 'body', pointer, detail }] });
}

/** The problem document (RFC 9457) of an error. */
export function problemOf(error: ApiError, correlationId: string) {
  const { errors = [], messageId, state } = error.details;
  return {
    type: `urn:chat4all:problem:${error.code}`,
    title: ERROR_TITLES[error.code],
    status: statusOf(error.code),
    code: error.code,
    detail: error.message,
    errors,
    retryable: isRetryable(error.code),
    correlation_id: correlationId,
    ...(messageId === undefined ? {} : { message_id: messageId }),
    ...(state === undefined ? {} : { state }),
  };
}

/** Turns whatever a handler throws into a problem document. Nothing gets past it. */
export function problemDetails(): Middleware<ApiState> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = toApiError(thrown);
      if (statusOf(error.code) >= 500)
        ctx.state.log.error('request failed', { path: ctx.state.pattern, ...errorClass(thrown) });
      ctx.status = statusOf(error.code);
      ctx.set(error.details.headers ?? {});
      ctx.type = 'application/problem+json';
      ctx.body = JSON.stringify(problemOf(error, ctx.state.traceId));
    }
  };
}

function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  // By its name: of the database this layer sees the stores, which do not export the class.
  if (thrown instanceof Error && thrown.constructor.name === 'InvalidCursor') {
    const detail = 'is not a cursor of this list; use next_cursor of its previous page';
    return new ApiError('validation_failed', {
      detail: `cursor ${detail}`,
      errors: [{ in: 'query', pointer: '/cursor', detail }],
    });
  }
  if (isUnavailable(thrown)) return unavailable(thrown);
  return new ApiError('internal_error', {
    detail:
      'It is not known whether this was done. Look, or send the same request again with the same ' +
      'message_id or idempotency key: it is not done twice. Quote correlation_id when you report this.',
    cause: thrown,
  });
}

/** A part that this request needs is away; the same request may succeed soon. */
export function unavailable(cause: unknown): ApiError {
  return new ApiError('service_unavailable', {
    detail:
      'The database cannot be reached, or takes no writes. Send the same request again, with the same message_id or ' +
      'idempotency key: what was stored before the answer was lost is not stored twice.',
    headers: { 'Retry-After': '5' },
    cause,
  });
}

/**
 * Codes of the sockets, and of PostgreSQL, for what passes or what an operator has to put right, with
 * nothing wrong about the request: no connection or no pooler's (08), no way in (28, 3D), read-only, a
 * standby, or over a time that somebody has set (25, 57), in each other's way (40, 55), out of
 * resources (53, 58), a plan of yesterday (0A, 26), a schema that is not there or not ours (3F, 42P01,
 * 42501), times in a form that nobody asked for (22007).
 */
const UNREACHABLE = new RegExp(
  `^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT|EHOSTUNREACH|ENETUNREACH|` +
    `08...|28...|3D000|25006|25P0[34]|57014|57P..|40001|40P01|55P03|55006|53...|58...|0A000|26000|` +
    `3F000|42P01|42501|22007)$`,
);
const UNREACHABLE_TEXT = /^(Connection terminated|timeout exceeded when trying to connect)/;

function isUnavailable(thrown: unknown): boolean {
  return (
    codes(thrown).some((code) => UNREACHABLE.test(code)) ||
    // node-postgres gives these two no code.
    chain(thrown).some((error) => UNREACHABLE_TEXT.test(error.message))
  );
}

function codes(thrown: unknown): string[] {
  return chain(thrown).flatMap((error) => {
    const { code } = error as { code?: unknown };
    return typeof code === 'string' ? [code] : [];
  });
}

/** An error and its causes; ORMs wrap the driver's error, and some of them more than once. */
function chain(thrown: unknown): Error[] {
  const errors: Error[] = [];
  const queue: unknown[] = [thrown];
  while (queue.length > 0 && errors.length < 10) {
    const error = queue.shift();
    if (!(error instanceof Error) || errors.includes(error)) continue;
    errors.push(error);
    queue.push(error.cause, (error as { previous?: unknown }).previous);
    if (error instanceof AggregateError) queue.push(...error.errors);
  }
  return errors;
}
