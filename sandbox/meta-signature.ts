import { createHmac } from 'node:crypto';

/**
 * The bytes Meta sends for a webhook: JSON in which every non-ASCII UTF-16 unit is written as a
 * lower-case `\uXXXX`. A receiver that signs its own re-serialised JSON gets another signature.
 */
export function metaBytes(body: unknown): Buffer {
  const escaped = JSON.stringify(body).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Buffer.from(escaped, 'ascii');
}

/** The value of `X-Hub-Signature-256`: HMAC-SHA256 over exactly these bytes. */
export function hubSignature(secret: string, bytes: Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`;
}
