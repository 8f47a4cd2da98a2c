import type { PlatformHttp, PlatformResult } from '../platform-http.ts';
import { Done } from './answers.ts';
import { parseJson } from './fields.ts';

/** What the calls to Telegram share. */
export type TelegramCalls = { http: PlatformHttp; apiUrl: string };

/** How long one call may take, and whom it tells that it leaves. */
export type CallTime = {
  deadline: number;
  answerTimeoutMs: number;
  onLeaving?: (() => void) | undefined;
};

/**
 * One call of the Bot API. The token is part of the address, as Telegram wants it: so no address
 * may ever get into an error or a log. Never throws.
 */
export function callMethod(
  calls: TelegramCalls,
  token: string,
  method: string,
  parameters: Record<string, unknown>,
  time: CallTime,
): Promise<PlatformResult> {
  return calls.http.call({
    method: 'POST',
    url: addressWithToken(calls.apiUrl, token, method),
    json: parameters,
    deadline: time.deadline,
    answerTimeoutMs: time.answerTimeoutMs,
    onLeaving: time.onLeaving,
  });
}

/** `<base>/bot<token>/<rest>`: never to be shown. */
export function addressWithToken(base: string, token: string, rest: string): string {
  return `${base}/bot${encodeURIComponent(token).replace('%3A', ':')}/${rest}`;
}

/** The `result` of a call that went well; undefined for every other end. */
export function resultOf(result: PlatformResult): { result: unknown } | undefined {
  if (result.kind !== 'answer' || result.status < 200 || result.status >= 300) return undefined;
  return Done.safeParse(parseJson(result.body)).data;
}

/** Strings that no text of Telegram may carry on: the token, and its secret half alone. */
export function secretsOf(token: string): string[] {
  return [token, encodeURIComponent(token), token.slice(token.indexOf(':') + 1)];
}
