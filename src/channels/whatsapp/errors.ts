import type { Failure } from '../../domain/outcome.ts';
import type { ErrorOptions, FailedOutcome, MetaError } from '../meta-errors.ts';
import { metaFailureOf, wordsOf } from '../meta-errors.ts';
import { UNREADABLE } from '../meta-json.ts';
import type { PlatformResult } from '../platform-http.ts';
import { safeText } from '../safe-text.ts';
import { classOf, refuses } from './codes.ts';
import type { ErrorIn } from './schema.ts';

/** Only too many messages to one recipient concern nobody else. */
function throttleOf({ code }: MetaError): {
  scope: 'recipient' | 'account';
  retryAfterMs?: number;
} {
  if (code === 131_056 || code === 131_208) return { scope: 'recipient' };
  // The upgrade of a number's throughput takes about a minute, in which nothing is accepted.
  return code === 131_057 ? { scope: 'account', retryAfterMs: 60_000 } : { scope: 'account' };
}

/**
 * What a call that brought no success came to. `hide` are strings that may not show in the
 * failure's message: token, text, ids. `ownId`: what the path names, where that is the account.
 */
export function failureOf(
  result: PlatformResult,
  hide: string[],
  { regainAccessUnitMs }: ErrorOptions,
  ownId?: string,
): FailedOutcome {
  return metaFailureOf(result, hide, {
    platform: 'WhatsApp',
    classOf,
    refuses,
    throttleOf,
    ownId,
    regainAccessUnitMs,
  });
}

/** The reason of a `failed` status. `hide` as in {@link failureOf}. */
export function reasonOf(errors: ErrorIn[], hide: string[]): Omit<Failure, 'statusCode'> {
  const [error] = errors;
  if (!error) return { code: 'failed', message: 'WhatsApp gave no reason.' };
  const words = wordsOf(error.title ?? error.message, error.error_data?.details);
  const given = error.code === UNREADABLE ? null : error.code;
  const code = String(given ?? 'failed');
  const isKnown = given === null || classOf({ code: given }) !== undefined;
  const message = safeText(words, hide, 'WhatsApp');
  return { code, message, ...(isKnown ? {} : { unknownCode: code }) };
}
