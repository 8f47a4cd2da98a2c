import type { ErrorOptions, FailedClass, FailedOutcome, MetaError } from '../meta-errors.ts';
import { metaFailureOf, wordsOf } from '../meta-errors.ts';
import type { PlatformResult } from '../platform-http.ts';
import { safeText } from '../safe-text.ts';
import type { ErrorIn } from './schema.ts';

/** Codes as WhatsApp documents them, for answers and for `failed` statuses alike. */
const BY_CODE: Record<number, FailedClass> = {
  0: 'unauthorized', // token not taken
  190: 'unauthorized', // token expired or invalid
  3: 'unauthorized', // capability missing
  10: 'unauthorized', // permission missing
  131005: 'unauthorized', // the same
  368: 'unauthorized', // account restricted for policy reasons
  130497: 'unauthorized', // account may not write to this country
  131031: 'unauthorized', // account locked
  131042: 'unauthorized', // billing
  131045: 'unauthorized', // number not registered
  131048: 'unauthorized', // restricted for spam
  131064: 'unauthorized', // restricted for wrongly classified templates
  133006: 'unauthorized', // number not verified
  133010: 'unauthorized', // number not registered
  4: 'throttled', // app
  80007: 'throttled', // WhatsApp Business account
  130429: 'throttled', // phone number
  131056: 'throttled', // this recipient
  131057: 'throttled', // maintenance of about a minute
  131208: 'throttled', // group
  1: 'transient',
  2: 'transient',
  131000: 'transient',
  131016: 'transient',
  133004: 'transient',
  131047: 'refused', // more than 24 hours since the customer wrote
  131026: 'refused', // not on WhatsApp, or cannot get this message
  130403: 'refused', // we blocked the customer
  131050: 'refused', // customer wants no marketing
  131049: 'refused', // WhatsApp chose not to deliver
  130472: 'refused', // customer is part of an experiment
  131021: 'refused', // to ourselves
  131030: 'refused', // not on the test number's list
  131062: 'refused', // needs the phone number
  33: 'refused', // number deleted
  100: 'refused', // a parameter
  131008: 'refused', // a parameter missing
  131009: 'refused', // a parameter's value
  135000: 'refused', // the same
  131051: 'refused', // kind of message
  131052: 'refused', // received media
  131053: 'refused', // sent media
  132000: 'refused', // template: number of parameters
  132001: 'refused', // template: none of this name and language
  132005: 'refused', // template: too long with its values
  132007: 'refused', // template: against the rules
  132012: 'refused', // template: form of a parameter
  132015: 'refused', // template: paused
  132016: 'refused', // template: disabled
  131020: 'refused', // group
  131041: 'refused', // group
};

function classOf({ code }: MetaError): FailedClass | undefined {
  if (typeof code !== 'number') return undefined;
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code];
  if (code >= 200 && code <= 299) return 'unauthorized'; // permissions
  if (code >= 80_000 && code <= 80_014) return 'throttled'; // business use cases
  if (code >= 131_201 && code <= 131_215) return 'refused'; // groups
  return undefined;
}

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
 * failure's message: token, text, ids.
 */
export function failureOf(
  result: PlatformResult,
  hide: string[],
  { regainAccessUnitMs }: ErrorOptions,
): FailedOutcome {
  const reading = { platform: 'WhatsApp', classOf, throttleOf, regainAccessUnitMs };
  return metaFailureOf(result, hide, reading);
}

/** The reason of a `failed` status. `hide` as in {@link failureOf}. */
export function reasonOf(errors: ErrorIn[], hide: string[]): { code: string; message: string } {
  const [error] = errors;
  if (!error) return { code: 'failed', message: 'WhatsApp gave no reason.' };
  const words = wordsOf(error.title ?? error.message, error.error_data?.details);
  return { code: String(error.code ?? 'failed'), message: safeText(words, hide, 'WhatsApp') };
}
