import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Secret scanners look for it, and underscores let a double click select the whole key. */
const MARK = 'c4a_live_';
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(`^${MARK}[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`);

/** A fresh key: `c4a_live_`, 32 random base62 characters (190 bits) and a 6-character checksum. */
export function generateApiKey(): string {
  // randomInt draws again instead of taking a remainder, so no character is likelier than another.
  const random = Array.from({ length: RANDOM_LENGTH }, () => BASE62[randomInt(BASE62.length)]);
  const body = MARK + random.join('');
  return body + checksum(body);
}

/** Whether the text has a key's shape and checksum: a typing error is refused without a look-up. */
export function isApiKey(text: string): boolean {
  return (
    SHAPE.test(text) && checksum(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH)
  );
}

/**
 * What is stored and looked up: SHA-256, hex. A slow hash guards guessable passwords; against
 * 190 random bits it would only cost every request 100 ms.
 */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The mark and the first four random characters: enough to recognise a key by. */
export function apiKeyPrefix(key: string): string {
  return key.slice(0, MARK.length + 4);
}

/** The last four characters, from the checksum. */
export function apiKeyLast4(key: string): string {
  return key.slice(-4);
}

function checksum(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62[rest % BASE62.length] + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits;
}
