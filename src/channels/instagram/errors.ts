import type { ErrorOptions, FailedOutcome } from '../meta-errors.ts';
import { metaFailureOf } from '../meta-errors.ts';
import type { PlatformResult } from '../platform-http.ts';
import { classOf, refuses } from './codes.ts';

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
    platform: 'Instagram',
    classOf,
    refuses,
    ownId,
    regainAccessUnitMs,
  });
}
