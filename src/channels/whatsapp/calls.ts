import type { z } from 'zod';
import type { ChannelAccount } from '../channel.ts';
import { channelErrorOf, type ErrorOptions } from '../meta-errors.ts';
import { successOf } from '../meta-json.ts';
import type { PlatformHttp } from '../platform-http.ts';
import { readAnswer } from '../read-answer.ts';
import { failureOf } from './errors.ts';

/** What the calls to WhatsApp share. */
export type WhatsAppCalls = ErrorOptions & { http: PlatformHttp; apiUrl: string };

/** Nobody waits longer for these than an HTTP client of our own API would. */
const CALL_TIMEOUT_MS = 10_000;

export type Question = {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  json?: unknown;
  /** Strings that may not show in an error. */
  hide?: string[];
  /** What the path names, where that is the account itself. */
  ownId?: string;
};

/** The token goes in a header, for URLs end up in logs. */
export function authorization(account: Pick<ChannelAccount, 'credentials'>): {
  authorization: string;
} {
  return { authorization: `Bearer ${account.credentials['access_token'] ?? ''}` };
}

/** The parsed body of a 2xx answer. Throws {@link ChannelError} for anything else. */
export async function ask(
  calls: WhatsAppCalls,
  account: Pick<ChannelAccount, 'credentials'>,
  { method, url, json, hide = [], ownId }: Question,
): Promise<unknown> {
  const result = await calls.http.call({
    method,
    url,
    ...(json === undefined ? {} : { json }),
    headers: authorization(account),
    deadline: performance.now() + CALL_TIMEOUT_MS,
    answerTimeoutMs: CALL_TIMEOUT_MS,
  });
  const answer = successOf(result);
  if (answer !== undefined) return answer;
  const token = account.credentials['access_token'] ?? '';
  throw channelErrorOf(failureOf(result, [token, ...hide], calls, ownId));
}

/** The answer as the schema reads it. Throws {@link ChannelError} where it does not fit. */
export function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  return readAnswer('WhatsApp', schema, answer);
}
