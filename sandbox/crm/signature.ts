import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What the receiver thinks of each of the two schemes a webhook is signed with. */
export type Verdict = {
  hub: 'valid' | 'invalid' | 'missing';
  standard: 'valid' | 'invalid' | 'missing' | 'stale';
};

/** Seconds a timestamp may be away from now, in either direction. */
const TOLERANCE = 300;

/** Checks both schemes over the raw bytes; any one of the secrets may have signed. */
export function verdictOn(
  headers: IncomingHttpHeaders,
  body: Buffer,
  secrets: string[],
  now = Date.now(),
): Verdict {
  return { hub: hub(headers, body, secrets), standard: standard(headers, body, secrets, now) };
}

/** `X-Hub-Signature-256`: the key is the secret's own bytes, whatever its form. */
function hub(headers: IncomingHttpHeaders, body: Buffer, secrets: string[]): Verdict['hub'] {
  const given = headers['x-hub-signature-256'];
  if (typeof given !== 'string') return 'missing';
  const fits = secrets.some((secret) => {
    const expected = createHmac('sha256', secret).update(body).digest('hex');
    return same(given, `sha256=${expected}`);
  });
  return fits ? 'valid' : 'invalid';
}

/** standardwebhooks.com: `v1,<base64>` over "id.timestamp.body", several separated by spaces. */
function standard(
  headers: IncomingHttpHeaders,
  body: Buffer,
  secrets: string[],
  now: number,
): Verdict['standard'] {
  const [id, timestamp, signatures] = [
    headers['webhook-id'],
    headers['webhook-timestamp'],
    headers['webhook-signature'],
  ];
  if (![id, timestamp, signatures].every((value) => typeof value === 'string' && value !== ''))
    return 'missing';
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const fits = secrets.some((secret) => {
    const mac = createHmac('sha256', standardKey(secret)).update(signed).digest('base64');
    return String(signatures)
      .split(' ')
      .some((signature) => same(signature, `v1,${mac}`));
  });
  if (!fits) return 'invalid';
  const away = Math.abs(now / 1000 - Number(timestamp));
  return /^\d+$/.test(String(timestamp)) && away <= TOLERANCE ? 'valid' : 'stale';
}

/** A `whsec_` secret is base64 after its prefix; any other one is its own bytes. */
function standardKey(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
}

function same(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
