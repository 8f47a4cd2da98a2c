import type { ErrorOptions, FailedClass, FailedOutcome, MetaError } from '../meta-errors.ts';
import { metaFailureOf } from '../meta-errors.ts';
import type { PlatformResult } from '../platform-http.ts';

/** Subcodes say more than codes, and the same one has been seen under several codes. */
const BY_SUBCODE: Record<number, FailedClass> = {
  1357046: 'unknown', // an error although the message went out
  2534022: 'refused', // outside the 24 hour window
  2018278: 'refused', // the same, as Messenger writes it
  1545041: 'refused', // the person is not available
  2018108: 'refused', // the person does not receive messages from us
  2534014: 'refused', // no such person
  2534001: 'refused', // the thread was deleted by its owner
  2534052: 'refused', // empty text
  2018047: 'refused', // media could not be fetched
  2534015: 'unauthorized', // permission missing
  2534041: 'unauthorized', // the owner closed API access to messages
  1893063: 'unauthorized', // the account is restricted from sending
  2534029: 'unauthorized', // the same
  2534040: 'throttled', // Send API
  1545133: 'transient',
};

const BY_CODE: Record<number, FailedClass> = {
  1: 'transient',
  2: 'transient',
  1200: 'transient',
  3: 'unauthorized', // capability missing
  10: 'unauthorized', // permission missing, app not live
  102: 'unauthorized', // session
  190: 'unauthorized', // token
  368: 'unauthorized', // restricted for policy reasons
  4: 'throttled', // app
  17: 'throttled', // user
  32: 'throttled', // page
  613: 'throttled', // Send API
  100: 'refused', // a parameter, an unknown object, media
  551: 'refused', // the person is not available
  2534001: 'refused',
};

/** The class of Instagram's own codes; undefined for one that it does not document. */
function classOf({ code, error_subcode: subcode }: MetaError): FailedClass | undefined {
  const known = (subcode && BY_SUBCODE[subcode]) || (code && BY_CODE[code]);
  if (known) return known;
  if (code && code >= 200 && code <= 299) return 'unauthorized'; // permissions
  if (code && code >= 80_000 && code <= 80_014) return 'throttled'; // business use cases
  return undefined;
}

/**
 * What a call that brought no success came to. `hide` are strings that may not show in the
 * failure's message: token, text, ids.
 */
export function failureOf(
  result: PlatformResult,
  hide: string[],
  { regainAccessUnitMs }: ErrorOptions,
): FailedOutcome {
  return metaFailureOf(result, hide, { platform: 'Instagram', classOf, regainAccessUnitMs });
}
