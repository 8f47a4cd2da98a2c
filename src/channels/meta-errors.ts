import { z } from 'zod';
import type { OutcomeClass, SendOutcome } from '../domain/outcome.ts';
import { ChannelError } from './channel.ts';
import { number, parseAnswer } from './meta-json.ts';
import type { PlatformHeaders, PlatformResult } from './platform-http.ts';
import { safeText } from './safe-text.ts';

/** What Meta's platforms have in common when a call fails: the body, the waits, the words. */

/** Meta's error body; only `message`, `type`, `code` and `fbtrace_id` are always there. */
const ErrorAnswer = z.object({
  error: z.object({
    code: number,
    error_subcode: number,
    message: z.string().nullish().catch(null),
    is_transient: z.boolean().nullish().catch(null),
    // WhatsApp's: the sentence that tells one cause of a code from another.
    error_data: z
      .object({ details: z.string().nullish().catch(null) })
      .nullish()
      .catch(null),
  }),
});
export type MetaError = z.output<typeof ErrorAnswer>['error'];

/** Every way a call can end but well. */
export type FailedOutcome = Exclude<SendOutcome, { class: 'sent' } | { class: 'migrated' }>;
export type FailedClass = Exclude<OutcomeClass, 'sent' | 'migrated'>;

/** How Meta's waits are read. */
export type ErrorOptions = {
  /** Milliseconds of one unit of `estimated_time_to_regain_access`: minutes, as Meta says nowhere. */
  regainAccessUnitMs: number;
};

/** What the codes of one platform mean. */
export type ErrorReading = ErrorOptions & {
  /** The platform's name, for people. */
  platform: string;
  /** The class of the platform's own codes; undefined for codes that it does not document. */
  classOf(error: MetaError): FailedClass | undefined;
  /** For `throttled`, whom it concerns and how long, where the code itself tells. */
  throttleOf?(error: MetaError): { scope: 'recipient' | 'account'; retryAfterMs?: number };
};

/**
 * What a call that brought no success came to. `hide` are strings that may not show in the
 * failure's message: token, text, ids.
 */
export function metaFailureOf(
  result: PlatformResult,
  hide: string[],
  reading: ErrorReading,
): FailedOutcome {
  const { platform } = reading;
  if (result.kind === 'unreachable')
    return {
      class: 'unavailable',
      code: result.code,
      message: `${platform} could not be reached.`,
    };
  if (result.kind === 'lost') {
    const message = 'The connection ended after the request had left and before a whole answer.';
    return { class: 'unknown', code: result.code, message };
  }
  const error = errorIn(result.body);
  const found = error ? classOf(error, result.status, reading) : classOfStatus(result.status);
  const failure = error
    ? {
        code: codeOf(error) ?? `HTTP ${result.status}`,
        message: safeText(wordsOf(error.message, error.error_data?.details), hide, platform),
      }
    : {
        code: `HTTP ${result.status}`,
        message: `${platform} answered HTTP ${result.status} without a message we can read.`,
      };
  if (found !== 'throttled') return { class: found, ...failure };
  const told = (error && reading.throttleOf?.(error)) ?? { scope: 'account' as const };
  const asked = waitOf(result.headers, reading.regainAccessUnitMs);
  return {
    class: 'throttled',
    scope: told.scope,
    retryAfterMs: asked ?? told.retryAfterMs,
    ...failure,
  };
}

/** The same for calls other than a send: those are simply asked again by a person. */
export function channelErrorOf(outcome: FailedOutcome): ChannelError {
  const { class: found, code, message } = outcome;
  const known = found === 'refused' || found === 'unauthorized' || found === 'throttled';
  return new ChannelError(known ? found : 'unreachable', code, message);
}

/** Meta's code first, its `is_transient` next, the HTTP status last: that is the least reliable. */
function classOf(error: MetaError, status: number, reading: ErrorReading): FailedClass {
  const known = reading.classOf(error);
  if (known) return known;
  if (error.is_transient) return 'transient';
  if (status === 429) return 'throttled';
  if (status === 401) return 'unauthorized';
  // With a code Meta's own program spoke; without one it may be anything in front of it.
  if (status >= 500) return error.code ? 'transient' : classOfStatus(status);
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

function errorIn(body: Buffer): MetaError | null {
  return ErrorAnswer.safeParse(parseAnswer(body)).data?.error ?? null;
}

/** `code/subcode`, or undefined where there is none. Zero is a code: "the token was not taken". */
function codeOf({ code, error_subcode: subcode }: MetaError): string | undefined {
  if (typeof code !== 'number') return undefined;
  return subcode ? `${code}/${subcode}` : `${code}`;
}

/** A title and its details as one text; the details alone where they repeat the title. */
export function wordsOf(title: string | null | undefined, details: string | null | undefined) {
  if (!title || !details) return title || details || '';
  return details.includes(title) ? details : `${title}: ${details}`;
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
