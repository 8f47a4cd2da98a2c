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
    detail: 'Nothing is known to have been changed. Quote correlation_id when you report this.',
    cause: thrown,
  });
}

/** A part that this request needs is away; the same request may succeed soon. */
export function unavailable(cause: unknown): ApiError {
  return new ApiError('service_unavailable', {
    detail:
      'The database cannot be reached. Send the same request again, with the same message_id or ' +
      'idempotency key: what was stored before the answer was lost is not stored twice.',
    headers: { 'Retry-After': '5' },
    cause,
  });
}

/** Codes of the sockets, and of PostgreSQL (classes 08, 53 and 57P), for "not reachable now". */
const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT|0800[0-6]|53[0-9]{3}|57P0[1-5])$/;
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
