import type { SendOutcome } from '../../../src/domain/outcome.ts';
import { ChannelError } from '../../../src/channels/channel.ts';
import type { PlatformResult } from '../../../src/channels/platform-http.ts';
import { parseJson, Refusal } from './schema.ts';

type FailedOutcome = Exclude<SendOutcome, { class: 'sent' } | { class: 'migrated' }>;

/** What Smoke's own words mean. */
const CLASSES: Record<string, FailedOutcome['class'] | undefined> = {
  unknown_keeper: 'unauthorized',
  no_such_hill: 'refused',
  too_many_words: 'refused',
  too_much_wind: 'throttled',
  damp_wood: 'transient',
};

/** What a call that brought no success came to. */
export function failureOf(result: PlatformResult): FailedOutcome {
  if (result.kind === 'unreachable')
    return { class: 'unavailable', code: result.code, message: 'Smoke could not be reached.' };
  if (result.kind === 'lost')
    return { class: 'unknown', code: result.code, message: 'Smoke did not answer.' };
  const word = Refusal.safeParse(parseJson(result.body)).data?.smoke;
  const code = word ?? `HTTP ${result.status}`;
  const known = CLASSES[word ?? ''];
  const failure = {
    code,
    message: `Smoke said ${code}.`,
    statusCode: result.status,
    ...(word === undefined || known ? {} : { unknownCode: word }),
  };
  const found = known ?? classOfStatus(result.status, word !== undefined);
  if (found === 'throttled') {
    const seconds = Number(result.headers['retry-after']);
    const retryAfterMs = seconds > 0 ? seconds * 1000 : undefined;
    return { class: 'throttled', scope: 'account', retryAfterMs, ...failure };
  }
  return { class: found, ...failure };
}

/** Whether something in front of Smoke may have answered after Smoke had acted. */
function classOfStatus(status: number, isSmoke: boolean): FailedOutcome['class'] {
  if (status === 503) return 'unavailable';
  if (status >= 500 || status < 300) return 'unknown';
  return isSmoke ? 'refused' : 'transient';
}

/** The same for calls other than a send. */
export function channelErrorOf({ class: found, code, message }: FailedOutcome): ChannelError {
  const known = found === 'refused' || found === 'unauthorized' || found === 'throttled';
  return new ChannelError(known ? found : 'unreachable', code, message);
}
