import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';
const FORM = 'v1:key:nonce:ciphertext:tag';
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Encrypts what is secret at rest (AES-256-GCM). `aad` says where the value lives, as
 * `table|row|column`: a sealed value copied to another row or column does not open.
 */
export type KeyRing = {
  /** Seals with the first key of the ring: `v1:key id:nonce:ciphertext:tag`, parts in base64. */
  seal(plaintext: string, aad: string): string;
  /** Opens what any key of the ring sealed. Throws {@link SealError}. */
  open(sealed: string, aad: string): string;
};

/** A sealed value that cannot be opened. Names the key and the place, never the content. */
export class SealError extends Error {
  override name = 'SealError';
}

/**
 * The ring that `ENCRYPTION_KEYS` describes: `k2:base64,k1:base64`, 32 bytes each; the first key
 * encrypts, all decrypt. Throws an error that names the variable and every malformed entry.
 */
export function createKeyRing(text: string): KeyRing {
  const keys = parseKeys(text);
  const [newest] = keys;
  if (!newest)
    throw new Error('ENCRYPTION_KEYS: expected at least one entry of the form id:base64');
  const [newestId, newestKey] = newest;
  return {
    seal: (plaintext, aad) => seal(newestId, newestKey, plaintext, aad),
    open: (sealed, aad) => open(keys, sealed, aad),
  };
}

function parseKeys(text: string): Map<string, Buffer> {
  const keys = new Map<string, Buffer>();
  const problems = text.split(',').flatMap((entry, index) => {
    // Entries are named by position until the id is known to be one: a key pasted without its
    // id must not end up in an error.
    const place = `entry ${index + 1}`;
    const [id = '', encoded = '', ...rest] = entry.trim().split(':');
    if (!KEY_ID.test(id) || encoded === '' || rest.length > 0)
      return [`${place} is not of the form id:base64 (id: 1 to 32 of A-Z a-z 0-9 _ -)`];
    if (keys.has(id)) return [`${place} repeats the id "${id}"`];
    const key = decodeBase64(encoded);
    if (!key) return [`${place} ("${id}") is not base64`];
    if (key.length !== KEY_BYTES)
      return [`${place} ("${id}") has ${key.length} bytes, expected ${KEY_BYTES}`];
    keys.set(id, key);
    return [];
  });
  if (problems.length > 0) throw new Error(`ENCRYPTION_KEYS: ${problems.join('; ')}`);
  return keys;
}

function seal(id: string, key: Buffer, plaintext: string, aad: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(aad, 'utf8'));
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  const parts = [nonce, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64'));
  return [VERSION, id, ...parts].join(':');
}

function open(keys: Map<string, Buffer>, sealed: string, aad: string): string {
  const [version, id = '', ...encoded] = sealed.split(':');
  const [nonce, ciphertext, tag] = encoded.map(decodeBase64);
  // A shorter tag would still verify in GCM and is far easier to forge.
  const wellFormed =
    version === VERSION &&
    KEY_ID.test(id) &&
    encoded.length === 3 &&
    nonce?.length === NONCE_BYTES &&
    tag?.length === TAG_BYTES;
  if (!wellFormed || !ciphertext)
    throw new SealError(`The sealed value at ${aad} is not of the form ${FORM}`);
  const key = keys.get(id);
  if (!key)
    throw new SealError(
      `The sealed value at ${aad} needs the key "${id}", which ENCRYPTION_KEYS does not list`,
    );
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(aad, 'utf8'));
  decipher.setAuthTag(tag);
  try {
    return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw new SealError(
      `The sealed value at ${aad} does not open with the key "${id}": ` +
        'it was changed, moved from another place, or sealed with another key of that id',
    );
  }
}

/** Null for what is not base64 (either alphabet): Node's own decoder skips what it cannot read. */
function decodeBase64(text: string): Buffer | null {
  const plain = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={1,2}$/, '');
  const bytes = Buffer.from(plain, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === plain ? bytes : null;
}
