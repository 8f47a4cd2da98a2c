import { z } from 'zod';
import type { OutcomeClass, SendOutcome } from '../domain/outcome.ts';
import { ChannelError } from './channel.ts';
import { errorCode, flag, parseAnswer } from './meta-json.ts';
import type { PlatformHeaders, PlatformResult } from './platform-http.ts';
import { safeText } from './safe-text.ts';

/** What Meta's platforms have in common when a call fails: the body, the waits, the words. */

/** Meta's error body; only `message`, `type`, `code` and `fbtrace_id` are always there. */
const ErrorAnswer = z.object({
  error: z.object({
    code: errorCode,
    error_subcode: errorCode,
    message: z.string().nullish().catch(null),
    type: z.string().nullish().catch(null),
    is_transient: flag.nullish().catch(null),
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
  /** Whether the code alone says no, so that an unknown subcode only leaves open why. */
  refuses(error: MetaError): boolean;
  /** The id of ours in the request's path; left out where the path names something else. */
  ownId?: string | undefined;
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
  const { found, isKnown } = error
    ? judge(error, result.status, reading)
    : { found: classOfStatus(result.status), isKnown: true };
  const code = (error && codeOf(error)) ?? `HTTP ${result.status}`;
  const failure = {
    code,
    message: error
      ? safeText(wordsOf(error.message, error.error_data?.details), hide, platform)
      : `${platform} answered HTTP ${result.status} without a message we can read.`,
    statusCode: result.status,
    ...(isKnown
      ? {}
      : { unknownCode: String(typeof error?.code === 'string' ? error.code : code) }),
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

type Judgement = { found: FailedClass; isKnown: boolean };

/** What Meta's code says; where it is not known, the rest of the answer. */
function judge(error: MetaError, status: number, reading: ErrorReading): Judgement {
  const known = isOwnObjectGone(error, reading) ? 'unauthorized' : reading.classOf(error);
  if (known) return { found: known, isKnown: true };
  // Without a code there is nothing to look up.
  const isKnown = error.code === null;
  return { found: classOfRest(error, status, reading), isKnown };
}

/** Meta's `is_transient` first, the HTTP status last: that is the least reliable. */
function classOfRest(error: MetaError, status: number, reading: ErrorReading): FailedClass {
  if (error.is_transient) return 'transient';
  if (reading.refuses(error)) return 'refused';
  if (status === 429) return 'throttled';
  // A code that nobody knows may concern this one message: only a 401 without any is about the token.
  if (status === 401) return error.code === null ? 'unauthorized' : 'refused';
  // With a code Meta's own program spoke; without one it may be anything in front of it.
  if (status >= 500) return error.code ? 'transient' : classOfStatus(status);
  // A success with an error of a kind we do not know: it may have gone out.
  return status < 300 ? 'unknown' : 'refused';
}

/**
 * Whether the account has no access any more to the object of the request's path, which is the
 * account itself: 100/33 of the Graph API. Its words name the object; an id that is not ours is
 * somebody else's trouble. Where they name none, the type and the sentence that Meta keeps for the
 * object of the path must say so: a recipient stands in the body and is told by other subcodes.
 */
function isOwnObjectGone(error: MetaError, { ownId }: ErrorReading): boolean {
  if (ownId === undefined || error.code !== 100 || error.error_subcode !== 33) return false;
  const words = error.message ?? '';
  const named = /\bobject with id\s+'?([\w.-]+)/i.exec(words)?.[1];
  if (named !== undefined && /\d/.test(named)) return named === ownId;
  return error.type === 'GraphMethodException' || /unsupported \w+ request/i.test(words);
}

/**
 * Whether the words of an error are those that Meta keeps for one person and one message (Messenger
 * Platform, "Common Error Codes"), which come with the codes of a permission and mostly a subcode.
 */
export function concernsOnePerson({ message }: Partial<MetaError>): boolean {
  return /outside (of )?(the )?[\w-]* ?window|person is(n['’]t| not) available/i.test(
    message ?? '',
  );
}

/** Codes of the Graph API for a missing permission; a subcode may narrow them to one message. */
export function isPermissionCode(code: number): boolean {
  return code === 3 || code === 10 || (code >= 200 && code <= 299);
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
