import type { OutcomeClass, SendOutcome } from '../../domain/outcome.ts';
import { ChannelError } from '../channel.ts';
import type { PlatformHeaders, PlatformResult } from '../platform-http.ts';
import { ErrorAnswer, parseAnswer } from './schema.ts';
import type { PlatformError } from './schema.ts';

/** Every way a call can end but well. */
export type FailedOutcome = Exclude<SendOutcome, { class: 'sent' } | { class: 'migrated' }>;
type FailedClass = Exclude<OutcomeClass, 'sent' | 'migrated'>;

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

/** Meta's code first, its `is_transient` next, the HTTP status last: that is the least reliable. */
function classOf(error: PlatformError, status: number): FailedClass {
  const { code, error_subcode: subcode } = error;
  const known = (subcode && BY_SUBCODE[subcode]) || (code && BY_CODE[code]);
  if (known) return known;
  if (code && code >= 200 && code <= 299) return 'unauthorized'; // permissions
  if (code && code >= 80_000 && code <= 80_014) return 'throttled'; // business use cases
  if (error.is_transient) return 'transient';
  if (status === 429) return 'throttled';
  if (status === 401) return 'unauthorized';
  // With a code Meta's own program spoke; without one it may be anything in front of it.
  if (status >= 500) return code ? 'transient' : classOfStatus(status);
  // A success with an error of a kind we do not know: it may have gone out.
  return status < 300 ? 'unknown' : 'refused';
}

/** For an answer without Meta's error body: an edge, a proxy, a broken program. */
function classOfStatus(status: number): FailedClass {
  if (status === 429) return 'throttled';
  if (status === 503) return 'unavailable';
  // 4xx and redirects did nothing, but they are not Meta's word that it never will.
  if (status >= 300 && status < 500) return 'transient';
  return 'unknown';
}

/** How Meta's waits are read. */
export type ErrorOptions = {
  /** Milliseconds of one unit of `estimated_time_to_regain_access`: minutes, as Meta says nowhere. */
  regainAccessUnitMs: number;
};

/**
 * What a call that brought no success came to. `hide` are strings that may not show in the
 * failure's message: token, text, ids.
 */
export function failureOf(
  result: PlatformResult,
  hide: string[],
  options: ErrorOptions,
): FailedOutcome {
  if (result.kind === 'unreachable')
    return { class: 'unavailable', code: result.code, message: 'Instagram could not be reached.' };
  if (result.kind === 'lost') {
    const message = 'The connection ended after the request had left and before a whole answer.';
    return { class: 'unknown', code: result.code, message };
  }
  const error = errorIn(result.body);
  const found = error ? classOf(error, result.status) : classOfStatus(result.status);
  const failure = error
    ? { code: codeOf(error, result.status), message: safeText(error.message ?? '', hide) }
    : {
        code: `HTTP ${result.status}`,
        message: `Instagram answered HTTP ${result.status} without a message we can read.`,
      };
  if (found !== 'throttled') return { class: found, ...failure };
  const retryAfterMs = waitOf(result.headers, options.regainAccessUnitMs);
  return { class: 'throttled', scope: 'account', retryAfterMs, ...failure };
}

/** The same for calls other than a send: those are simply asked again by a person. */
export function channelErrorOf(outcome: FailedOutcome): ChannelError {
  const { class: found, code, message } = outcome;
  const known = found === 'refused' || found === 'unauthorized' || found === 'throttled';
  return new ChannelError(known ? found : 'unreachable', code, message);
}

function errorIn(body: Buffer): PlatformError | null {
  return ErrorAnswer.safeParse(parseAnswer(body)).data?.error ?? null;
}

function codeOf(error: PlatformError, status: number): string {
  if (!error.code) return `HTTP ${status}`;
  return error.error_subcode ? `${error.code}/${error.error_subcode}` : `${error.code}`;
}

/**
 * Meta's text without what it must not carry on: the given strings, runs of six digits (ids, phone
 * numbers) and anything that looks like a token ("Malformed access token IGAA…"). 300 characters.
 */
export function safeText(text: string, hide: string[]): string {
  // Shorter ones would blot out ordinary words.
  const named = hide.filter((secret) => secret.length >= 4);
  const shown = named
    .reduce((rest, secret) => rest.replaceAll(secret, '…'), text.toWellFormed())
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/(?=[\w-]*\d)[\w-]{20,}/g, '…')
    .replace(/\d{6,}/g, '…')
    .trim();
  return Array.from(shown).slice(0, 300).join('') || 'Instagram gave no text.';
}

const DAY_MS = 86_400_000;

/** The longest wait the headers ask for; undefined where they ask for none. */
function waitOf(headers: PlatformHeaders, unitMs: number): number | undefined {
  const waits = [retryAfter(headers['retry-after']), ...regainAccess(headers, unitMs)];
  const longest = Math.max(0, ...waits.filter((wait) => Number.isFinite(wait)));
  return longest > 0 ? Math.min(Math.round(longest), DAY_MS) : undefined;
}

function retryAfter(header: string | string[] | undefined): number {
  if (typeof header !== 'string') return 0;
  return /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
}

/** `X-Business-Use-Case-Usage`: `{"<business id>": [{"estimated_time_to_regain_access": 28}]}`. */
function regainAccess(headers: PlatformHeaders, unitMs: number): number[] {
  try {
    const usage: unknown = JSON.parse(String(headers['x-business-use-case-usage']));
    return Object.values(usage as Record<string, unknown>)
      .flat()
      .map((use) => (use as Record<string, unknown>)['estimated_time_to_regain_access'])
      .filter((time) => typeof time === 'number')
      .map((time) => time * unitMs);
  } catch {
    return [];
  }
}
