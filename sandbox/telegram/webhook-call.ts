import { type Json, isObject } from './json.ts';

export type WebhookAnswer = {
  /** Null where no answer came. */
  status: number | null;
  /** As `getWebhookInfo` tells it; null for a 2xx. */
  error: string | null;
  /** Seconds, from the header `Retry-After`. */
  retryAfter: number;
  /** The call that the answer asks for; executed only with a 2xx. */
  call: { method: string; values: Json } | null;
};

type Call = {
  url: string;
  secretToken: string | null;
  body: string;
  timeoutMs: number;
  stopped: AbortSignal;
};

/** Methods that an answer cannot call. */
const NOT_IN_ANSWERS = /^(get.*|setwebhook|deletewebhook|close|logout)$/i;
const MAX_RETRY_AFTER = 3600;

/** Posts one update as Telegram does. Never throws. */
export async function postUpdate(call: Call): Promise<WebhookAnswer> {
  const none = { retryAfter: 0, call: null };
  try {
    const answer = await fetch(call.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(call.secretToken !== null && { 'x-telegram-bot-api-secret-token': call.secretToken }),
      },
      body: call.body,
      redirect: 'manual',
      signal: AbortSignal.any([call.stopped, AbortSignal.timeout(call.timeoutMs)]),
    });
    const { status, statusText } = answer;
    const body = Buffer.from(await answer.arrayBuffer());
    const asked = Number(answer.headers.get('retry-after'));
    const retryAfter = Math.min(Math.max(Number.isInteger(asked) ? asked : 0, 0), MAX_RETRY_AFTER);
    if (answer.ok) return { ...none, status, error: null, call: readCall(body, answer.headers) };
    const error = `Wrong response from the webhook: ${status} ${statusText}`;
    return { ...none, status, error, retryAfter };
  } catch (error) {
    return { ...none, status: null, error: describe(error as Error) };
  }
}

function describe(error: Error): string {
  if (error.name === 'TimeoutError') return 'Read timeout expired';
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return code === 'ECONNREFUSED' ? 'Connection refused' : 'Webhook connection closed';
}

function readCall(body: Buffer, headers: Headers): WebhookAnswer['call'] {
  const { method, ...values } = readValues(body, headers.get('content-type') ?? '');
  if (typeof method !== 'string' || method === '' || NOT_IN_ANSWERS.test(method)) return null;
  return { method, values };
}

function readValues(body: Buffer, type: string): Json {
  if (/^application\/x-www-form-urlencoded/i.test(type))
    return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return isObject(json) ? json : {};
  } catch {
    // Most receivers answer "ok" or nothing; only a method is of interest.
    return {};
  }
}
