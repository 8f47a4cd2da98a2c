import { performance } from 'node:perf_hooks';
import { Agent } from 'undici';
import { errorClass, type Logger } from '../logger.ts';
import { createAddressGuard, urlProblem, type Resolve } from './address-guard.ts';
import { createGuardedConnector } from './guarded-connector.ts';
import { failureClass } from './failure-class.ts';
import { postOverHttp } from './http-exchange.ts';
import { parseRetryAfter } from './retry-after.ts';
import { signatureHeaders } from './signature.ts';
import type { WebhookAnswer, WebhookPost, WebhookSender } from './webhook.ts';

export type WebhookSenderOptions = {
  /** From the call of `post` to the last byte of the answer, everything included. */
  timeoutMs: number;
  /** CIDRs that may be dialled although they are not public. */
  allowedNetworks: readonly string[];
  /** Refuse `http:` addresses. */
  requireHttps: boolean;
  logger?: Logger | undefined;
  /** For tests; the system's resolver otherwise. */
  resolve?: Resolve | undefined;
};

const MAX_ANSWER_BYTES = 64 * 1024;
const EXCERPT_BYTES = 2 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
/** An open connection keeps its address; after this a name's new address is used. */
const LONGEST_KEEP_ALIVE_MS = 60_000;
/** 1 is the version of the webhook envelope, not of the software. */
const USER_AGENT = 'Chat4All/1';

type Reply = Pick<WebhookAnswer, 'statusCode' | 'retryAfterMs' | 'excerpt'>;

/**
 * Posts webhooks over HTTP. No retries, no redirects: the caller's ladder decides what follows.
 * A 2xx counts once its last byte, or its first 64 KiB, came within the deadline.
 * Throws when an allowed network is malformed; `close` waits for the posts in flight.
 */
export function createWebhookSender(
  options: WebhookSenderOptions,
): WebhookSender & { close(): Promise<void> } {
  const guard = createAddressGuard(options);
  const agent = new Agent({
    // No limit: a CRM may have the endpoints of many accounts at one origin, and with one, those that
    // hang would hold up the others. How many one endpoint may have is the caller's to say.
    connections: null,
    connect: createGuardedConnector(guard, options.timeoutMs),
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveMaxTimeout: LONGEST_KEEP_ALIVE_MS,
    // undici's own timers start over with every chunk; ours is one clock for the whole exchange.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    problemWith(url) {
      const refusal = guard.refusal(url);
      return refusal && urlProblem(refusal);
    },
    async post(webhook) {
      const started = performance.now();
      const refusal = guard.refusal(webhook.url);
      if (refusal)
        options.logger?.warn('webhook not sent: its address is refused', {
          delivery_id: webhook.webhookId,
          reason: refusal,
        });
      const answer = refusal
        ? failed('forbidden_address')
        : await withDeadline(agent, webhook, options);
      return { ...answer, durationMs: Math.round(performance.now() - started) };
    },
    close: () => agent.close(),
  };
}

/** Ends with the exchange, the deadline or the caller's signal, whichever is first. */
async function withDeadline(
  agent: Agent,
  webhook: WebhookPost,
  { timeoutMs, logger }: WebhookSenderOptions,
): Promise<Omit<WebhookAnswer, 'durationMs'>> {
  const controller = new AbortController();
  const onAbort = () => controller.abort('aborted');
  const timer = setTimeout(() => controller.abort('timeout'), timeoutMs);
  webhook.signal?.addEventListener('abort', onAbort);
  if (webhook.signal?.aborted) onAbort();
  try {
    return { ...(await send(agent, webhook, controller.signal)), errorClass: null };
  } catch (error) {
    if (controller.signal.aborted) return failed(String(controller.signal.reason));
    const known = failureClass(error);
    if (!known)
      logger?.error('webhook failed in an unexpected way', {
        delivery_id: webhook.webhookId,
        ...errorClass(error),
      });
    return failed(known ?? 'protocol');
  } finally {
    clearTimeout(timer);
    webhook.signal?.removeEventListener('abort', onAbort);
  }
}

async function send(agent: Agent, webhook: WebhookPost, signal: AbortSignal): Promise<Reply> {
  signal.throwIfAborted();
  const body = Buffer.from(webhook.body, 'utf8');
  const headers = {
    ...webhook.headers,
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    ...(webhook.traceId ? { 'x-request-id': webhook.traceId } : {}),
    ...signatureHeaders({
      webhookId: webhook.webhookId,
      body,
      secrets: webhook.secrets,
      timestampSeconds: Date.now() / 1000,
    }),
  };
  const url = new URL(webhook.url);
  const limits = { maxAnswerBytes: MAX_ANSWER_BYTES, keepBytes: EXCERPT_BYTES };
  const reply = await postOverHttp(agent, { url, headers, body, ...limits }, signal);
  return {
    statusCode: reply.statusCode,
    retryAfterMs: parseRetryAfter(reply.headers['retry-after'], Date.now()),
    excerpt: withoutValues(cleanText(reply.body), webhook.headers ?? {}),
  };
}

/** `stream` leaves out a character cut in half at the end; PostgreSQL's text takes no NUL. */
function cleanText(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, { stream: true }).replaceAll('\0', '\uFFFD');
}

/** Too short to be a secret; without such texts an answer could not be read any more. */
const SHORTEST_HIDDEN = 4;

/** Receivers quote requests, above all those that they refuse; what was told once stays untold. */
function withoutValues(excerpt: string, headers: Readonly<Record<string, string>>): string {
  return Object.values(headers)
    .flatMap((value) => [value, value.replace(/^\S+\s+/, '')])
    .filter((secret) => secret.length >= SHORTEST_HIDDEN)
    .reduce((text, secret) => withoutHalf(text.replaceAll(secret, '[hidden]'), secret), excerpt);
}

/** An excerpt may end within the secret. */
function withoutHalf(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= SHORTEST_HIDDEN; length -= 1)
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}[hidden]`;
  return text;
}

function failed(why: string): Omit<WebhookAnswer, 'durationMs'> {
  return { statusCode: null, errorClass: why, retryAfterMs: null, excerpt: '' };
}
