import { createHmac } from 'node:crypto';

const STANDARD_PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

export type SignWebhook = {
  webhookId: string;
  /** The very bytes that are sent. */
  body: Uint8Array;
  /** Newest first. Throws when there is none: an unsigned webhook must not leave. */
  secrets: readonly string[];
  /** Unix time of this attempt. Receivers refuse what is more than five minutes off. */
  timestampSeconds: number;
};

/**
 * The signature headers of one attempt, by both schemes:
 * `X-Hub-Signature-256` (hex HMAC of the body with the newest secret) and the three headers of
 * https://github.com/standard-webhooks/standard-webhooks (one `v1,` entry per live secret).
 */
export function signatureHeaders(webhook: SignWebhook): Record<string, string> {
  const { webhookId, body, secrets, timestampSeconds } = webhook;
  const [newest] = secrets;
  if (!newest || secrets.includes(''))
    throw new Error('A webhook needs secrets that are not empty');
  // The signed text joins id, time and body with dots: one in the id would let two webhooks share it.
  if (!/^[\w-]+$/.test(webhookId))
    throw new Error('A webhook id may hold letters, digits, "_" and "-" only');
  const timestamp = String(Math.floor(timestampSeconds));
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', standardKey(secret));
    return `v1,${mac.update(`${webhookId}.${timestamp}.`).update(body).digest('base64')}`;
  });
  return {
    'x-hub-signature-256': `sha256=${createHmac('sha256', newest).update(body).digest('hex')}`,
    'webhook-id': webhookId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** `whsec_` and base64 is decoded, as that specification says; any other secret is its own bytes. */
function standardKey(secret: string): Buffer {
  const encoded = secret.startsWith(STANDARD_PREFIX) ? secret.slice(STANDARD_PREFIX.length) : '';
  return encoded !== '' && BASE64.test(encoded)
    ? Buffer.from(encoded, 'base64')
    : Buffer.from(secret, 'utf8');
}
