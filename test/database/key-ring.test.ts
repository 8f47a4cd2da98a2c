import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createKeyRing, SealError } from '../../src/database/key-ring.ts';

const k1 = `k1:${randomBytes(32).toString('base64')}`;
const k2 = `k2:${randomBytes(32).toString('base64')}`;
const AAD = 'accounts|acc_1|credentials';

describe('a key ring', () => {
  it('opens what it sealed, whatever the text', () => {
    const ring = createKeyRing(k1);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, aad) => {
        expect(ring.open(ring.seal(text, aad), aad)).toBe(text);
      }),
    );
  });

  it('seals with the first key and opens with all of them', () => {
    const old = createKeyRing(k1).seal('token', AAD);
    const ring = createKeyRing(`${k2}, ${k1}`);
    expect(ring.open(old, AAD)).toBe('token');
    expect(ring.seal('token', AAD)).toMatch(/^v1:k2:[^:]{16}:[^:]+:[^:]{24}$/);
  });

  it('never seals the same text to the same value', () => {
    const ring = createKeyRing(k1);
    const sealed = Array.from({ length: 500 }, () => ring.seal('token', AAD));
    expect(new Set(sealed.map((value) => value.split(':')[2])).size).toBe(500);
    expect(sealed.some((value) => value.includes('token'))).toBe(false);
  });

  it('refuses a value that was moved to another row', () => {
    const ring = createKeyRing(k1);
    const sealed = ring.seal('token', AAD);
    expect(() => ring.open(sealed, 'accounts|acc_2|credentials')).toThrow(SealError);
  });

  it('refuses a value with any part changed or the tag cut short', () => {
    const ring = createKeyRing(k1);
    const sealed = ring.seal('a token of some length', AAD);
    const parts = sealed.split(':');
    for (const index of [2, 3, 4]) {
      const bytes = Buffer.from(parts[index] ?? '', 'base64');
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      const changed = parts.with(index, bytes.toString('base64')).join(':');
      expect(() => ring.open(changed, AAD)).toThrow(/does not open with the key "k1"/);
    }
    const tag = Buffer.from(parts[4] ?? '', 'base64')
      .subarray(0, 4)
      .toString('base64');
    expect(() => ring.open(parts.with(4, tag).join(':'), AAD)).toThrow(/not of the form/);
  });

  it('names the key that is missing and the place, and nothing of the content', () => {
    const sealed = createKeyRing(k2).seal('canary', AAD);
    const error = caught(() => createKeyRing(k1).open(sealed, AAD));
    expect(error.message).toBe(
      `The sealed value at ${AAD} needs the key "k2", which ENCRYPTION_KEYS does not list`,
    );
    for (const part of sealed.split(':').slice(2)) expect(error.message).not.toContain(part);
  });

  it('names the key when another one of the same id was used', () => {
    const sealed = createKeyRing(k1).seal('canary', AAD);
    const other = createKeyRing(`k1:${randomBytes(32).toString('base64')}`);
    const error = caught(() => other.open(sealed, AAD));
    expect(error).toBeInstanceOf(SealError);
    expect(error.message).toContain('"k1"');
    expect(error.message).not.toContain('canary');
  });

  it.each(['', 'plain text', 'v2:k1:a:b:c', 'v1:k1:a:b', 'v1:k1:!!:b:c', 'v1:k1:a:b:c:d'])(
    'refuses %j, which nobody sealed, without repeating it',
    (text) => {
      const error = caught(() => createKeyRing(k1).open(text, AAD));
      expect(error).toBeInstanceOf(SealError);
      expect(error.message).toContain('not of the form v1:key:nonce:ciphertext:tag');
      if (text) expect(error.message).not.toContain(text);
    },
  );
});

describe('the text of ENCRYPTION_KEYS', () => {
  const short = `k3:${randomBytes(16).toString('base64')}`;

  it.each([
    ['nothing', '', /entry 1 is not of the form/],
    ['a key without id', randomBytes(32).toString('base64'), /entry 1 is not of the form/],
    ['a trailing comma', `${k1},`, /entry 2 is not of the form/],
    ['a repeated id', `${k1},${k2},k1:${k2.slice(3)}`, /entry 3 repeats the id "k1"/],
    ['a short key', `${k1},${short}`, /entry 2 \("k3"\) has 16 bytes, expected 32/],
    ['text that is not base64', 'k1:not base64 at all', /entry 1 \("k1"\) is not base64/],
    ['two problems at once', `${short},k4:%`, /entry 1 .*; entry 2 /],
  ])('is refused with %s, naming the variable and the entry', (_, text, problem) => {
    const error = caught(() => createKeyRing(text));
    expect(error.message).toMatch(/^ENCRYPTION_KEYS: /);
    expect(error.message).toMatch(problem);
    for (const entry of text.split(',')) {
      const key = entry.split(':').at(-1) ?? '';
      if (key.length > 8) expect(error.message).not.toContain(key);
    }
  });

  it('may be base64url without padding', () => {
    const key = randomBytes(32);
    const sealed = createKeyRing(`k1:${key.toString('base64')}`).seal('token', AAD);
    expect(createKeyRing(`k1:${key.toString('base64url')}`).open(sealed, AAD)).toBe('token');
  });
});

function caught(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error');
}
