import { createHash } from 'node:crypto';
import type { SendOutcome } from '../../domain/outcome.ts';
import { ChannelError } from '../channel.ts';
import type { PlatformHeaders, PlatformResult } from '../platform-http.ts';
import { safeText as safePlatformText } from '../safe-text.ts';
import { ErrorAnswer, type PlatformError } from './answers.ts';
import { classOf, isKnown, type FailedClass } from './descriptions.ts';
import { parseJson } from './fields.ts';

/** Every way a call can end but well. */
export type FailedOutcome = Exclude<SendOutcome, { class: 'sent' }>;

/**
 * What a call that brought no success came to. Telegram has no codes below the HTTP status, so its
 * texts are looked at where one status has two meanings. `hide` are strings that may not show in
 * the failure's message: token, text, ids.
 */
export function failureOf(result: PlatformResult, hide: string[]): FailedOutcome {
  if (result.kind === 'unreachable')
    return { class: 'unavailable', code: result.code, message: 'Telegram could not be reached.' };
  if (result.kind === 'lost') {
    const message = 'The connection ended after the request had left and before a whole answer.';
    return { class: 'unknown', code: result.code, message };
  }
  const error = errorIn(result);
  if (!error) {
    const failure = {
      code: `HTTP ${result.status}`,
      message: `Telegram answered HTTP ${result.status} without a message we can read.`,
      statusCode: result.status,
    };
    return withWait(classOfStatus(result.status), failure, waitOf(null, result.headers));
  }
  const code = error.error_code ?? result.status;
  const message = safeText(error.description ?? '', hide);
  const failure = {
    code: `${code}`,
    message,
    statusCode: result.status,
    ...(isKnown(code, error.description) ? {} : { unknownCode: unknownCodeOf(code, message) }),
  };
  const newRecipientId = error.parameters?.migrate_to_chat_id;
  if (newRecipientId) return { class: 'migrated', newRecipientId, ...failure };
  return withWait(classOf(code, error.description ?? ''), failure, waitOf(error, result.headers));
}

/** Telegram's error body, or null where an edge, a proxy or a broken program answered instead. */
export function errorIn(result: PlatformResult): PlatformError | null {
  if (result.kind !== 'answer') return null;
  return ErrorAnswer.safeParse(parseJson(result.body)).data ?? null;
}

/** The name of an error that a description begins with: `Bad Request: PEER_ID_INVALID`. */
const ERROR_NAME = /^(?:[A-Za-z ]{1,32}: )?([A-Z][A-Z\d]*(?:_[A-Z\d]+)+)\b/;

/**
 * Telegram tells its refusals apart in words, which may quote anything, and alerts go to third
 * parties: the name of the error where there is one, else a hash by which the same words are the same
 * code. The words themselves stand on the message that failed.
 */
function unknownCodeOf(code: number, description: string): string {
  const name = ERROR_NAME.exec(description)?.[1]?.slice(0, 64);
  return `${code}/${name ?? createHash('sha256').update(description).digest('hex').slice(0, 8)}`;
}

/** For an answer without Telegram's body. */
function classOfStatus(status: number): FailedClass {
  if (status === 429) return 'throttled';
  if (status === 503) return 'unavailable';
  // 4xx and redirects did nothing, but they are not Telegram's word that it never will.
  return status >= 300 && status < 500 ? 'transient' : 'unknown';
}

function withWait(
  found: FailedClass,
  failure: { code: string; message: string },
  retryAfterMs: number | undefined,
): FailedOutcome {
  if (found !== 'throttled') return { class: found, ...failure };
  // Its limits are mostly those of one chat, and nothing tells which one was met.
  return { class: 'throttled', scope: 'recipient', retryAfterMs, ...failure };
}

const DAY_MS = 86_400_000;

/** The longer of `retry_after` in the body and in the header, at most a day. */
function waitOf(error: PlatformError | null, headers: PlatformHeaders): number | undefined {
  const header = headers['retry-after'];
  const said = /retry after (\d{1,9})\b/i.exec(error?.description ?? '')?.[1];
  const seconds = [
    error?.parameters?.retry_after ?? 0,
    typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : 0,
    Number(said ?? 0),
  ];
  const longest = Math.max(...seconds) * 1000;
  return longest > 0 ? Math.min(Math.round(longest), DAY_MS) : undefined;
}

/** The same for calls other than a send: those are simply asked again by a person. */
export function channelErrorOf(outcome: FailedOutcome): ChannelError {
  const { class: found, code, message } = outcome;
  // Another program that sets webhooks at the same time says nothing against the token.
  if (found === 'migrated' || code === '409') return new ChannelError('refused', code, message);
  const known = found === 'refused' || found === 'unauthorized' || found === 'throttled';
  return new ChannelError(known ? found : 'unreachable', code, message);
}

/** A token, also as a part of an address. */
const TOKEN = /\b\d+(?::|%3A)[\w-]{8,}/gi;

/** Telegram's text without the given strings and anything that looks like a token, id or number. */
export function safeText(text: string, hide: string[]): string {
  return safePlatformText(text, hide, 'Telegram', [TOKEN]);
}
