/** What the Standard Webhooks libraries decode: the rest is base64 of the key. */
export const STANDARD_PREFIX = 'whsec_';
/** Every secret. */
export const PRINTABLE_SECRET = /^[\x21-\x7e]{8,256}$/;
/**
 * RFC 4648, section 4, with its padding, and with zeros for the bits that stand for nothing: some
 * libraries refuse all else.
 */
export const STANDARD_BASE64 =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
/** What https://github.com/standard-webhooks/standard-webhooks asks for, in bytes. */
const [SHORTEST, LONGEST] = [24, 64];

/**
 * Why a secret cannot be given to a webhook, or null where it can. Secrets that were stored under
 * older rules go on signing as they did.
 */
export function webhookSecretProblem(secret: string): string | null {
  if (!PRINTABLE_SECRET.test(secret))
    return 'must have 8 to 256 printable ASCII characters, no spaces';
  if (!secret.startsWith(STANDARD_PREFIX)) return null;
  const encoded = secret.slice(STANDARD_PREFIX.length);
  const bytes = STANDARD_BASE64.test(encoded) ? base64Bytes(encoded) : 0;
  if (bytes >= SHORTEST && bytes <= LONGEST) return null;
  return (
    `must have standard base64 with its padding ("+", "/", "=") of ${SHORTEST} to ${LONGEST} ` +
    'bytes after whsec_, as receivers decode it; "openssl rand -base64 32" makes one'
  );
}

function base64Bytes(encoded: string): number {
  return (encoded.length / 4) * 3 - (encoded.match(/=/g)?.length ?? 0);
}
