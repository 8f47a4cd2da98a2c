import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookRequest } from './channel.ts';

/**
 * Whether Meta signed these bytes: `X-Hub-Signature-256: sha256=<hex>`, HMAC-SHA256 over the raw
 * body, with any of the secrets. It must be given the bytes as they came: Meta signs its own
 * `\uXXXX` escapes, which parsing and printing again would not give back.
 *
 * SHA-1 alone, a header sent twice, upper-case hex and an empty secret are all refused. Follows
 * "Validate payloads" of Meta's webhooks "Getting started" page.
 */
export function isSignedByMeta(
  request: Pick<WebhookRequest, 'headers' | 'body'>,
  secrets: string[],
): boolean {
  const header = request.headers['x-hub-signature-256'];
  // A header sent twice arrives as a list or joined with a comma; neither has this form.
  if (typeof header !== 'string' || !/^sha256=[0-9a-f]{64}$/.test(header)) return false;
  const given = Buffer.from(header.slice('sha256='.length), 'hex');
  // Every secret is tried, also after a match, so that the time tells nothing about which it was.
  return secrets
    .filter((secret) => secret !== '')
    .map((secret) =>
      timingSafeEqual(given, createHmac('sha256', secret).update(request.body).digest()),
    )
    .includes(true);
}

/**
 * Answers Meta's subscription check: the challenge if the token is ours, else null. The challenge
 * is Meta's number; anything that could be markup is refused, for the answer goes to a browser too.
 */
export function answerMetaHandshake(
  query: Record<string, string | undefined>,
  verifyToken: string | undefined,
): string | null {
  const challenge = query['hub.challenge'];
  const token = query['hub.verify_token'];
  if (query['hub.mode'] !== 'subscribe' || !verifyToken || typeof token !== 'string') return null;
  if (typeof challenge !== 'string' || !/^[\w-]{1,256}$/.test(challenge)) return null;
  return timingSafeEqual(digest(token), digest(verifyToken)) ? challenge : null;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
