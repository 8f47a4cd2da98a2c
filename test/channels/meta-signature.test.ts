import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { answerMetaHandshake, isSignedByMeta } from '../../src/channels/meta-signature.ts';

// What Meta would send: escapes are literal ASCII, and the signature is over exactly these bytes.
const body = Buffer.from(
  String.raw`{"object":"instagram","entry":[{"id":"1784","time":1,"messaging":[{"message":{"mid":"m1","text":"\u00e4\u00f6 \ud83d\ude00"}}]}]}`,
);
const hex = 'a611b5edbca28aae0de4df421f01a5399cab2346d10b565a3c74488a1ee7bf6b';
const secrets = ['other-secret', 'test-app-secret'];

function signed(header: string | string[] | undefined, bytes = body, known = secrets): boolean {
  const headers = { 'x-hub-signature-256': header };
  return isSignedByMeta({ headers, body: bytes }, known);
}

describe('isSignedByMeta', () => {
  it('takes the known vector with any of several secrets', () => {
    expect(body).toHaveLength(129);
    expect(signed(`sha256=${hex}`)).toBe(true);
    expect(signed(`sha256=${hex}`, body, ['test-app-secret', 'other-secret'])).toBe(true);
    expect(signed(`sha256=${hex}`, body, ['other-secret'])).toBe(false);
  });

  it('refuses a signature over the same JSON printed anew', () => {
    const again = Buffer.from(JSON.stringify(JSON.parse(body.toString())));
    expect(signed(`sha256=${hex}`, again)).toBe(false);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['without its prefix', hex],
    ['cut short', `sha256=${hex.slice(0, 62)}`],
    ['too long', `sha256=${hex}00`],
    ['in upper case', `sha256=${hex.toUpperCase()}`],
    ['of another algorithm', `sha1=${hex}`],
    ['with spaces around', ` sha256=${hex} `],
    ['with a line break', `sha256=${hex}\n`],
    ['a megabyte of hex', `sha256=${'a'.repeat(1024 * 1024)}`],
    ['not hex', `sha256=${'z'.repeat(64)}`],
    ['sent twice, as a list', [`sha256=${hex}`, `sha256=${hex}`]],
    ['sent twice, joined', `sha256=${hex}, sha256=${hex}`],
  ])('refuses a header that is %s', (_case, header) => {
    expect(signed(header)).toBe(false);
  });

  it('refuses SHA-1 alone', () => {
    const sha1 = createHmac('sha1', 'test-app-secret').update(body).digest('hex');
    expect(isSignedByMeta({ headers: { 'x-hub-signature': `sha1=${sha1}` }, body }, secrets)).toBe(
      false,
    );
  });

  it('refuses a body with one byte more, less or changed', () => {
    expect(signed(`sha256=${hex}`, Buffer.concat([body, Buffer.from(' ')]))).toBe(false);
    expect(signed(`sha256=${hex}`, body.subarray(1))).toBe(false);
    expect(signed(`sha256=${hex}`, Buffer.from(body.toString().replace('1784', '1785')))).toBe(
      false,
    );
  });

  it('refuses everything while no secret is set, also what an empty one would sign', () => {
    const empty = createHmac('sha256', '').update(body).digest('hex');
    expect(signed(`sha256=${empty}`, body, [''])).toBe(false);
    expect(signed(`sha256=${empty}`, body, [])).toBe(false);
  });
});

describe('answerMetaHandshake', () => {
  const query = {
    'hub.mode': 'subscribe',
    'hub.challenge': '1158201444',
    'hub.verify_token': 'mine',
  };

  it('gives the bare challenge back for our token', () => {
    expect(answerMetaHandshake(query, 'mine')).toBe('1158201444');
  });

  it.each([
    ['another token', { 'hub.verify_token': 'yours' }],
    ['no token', { 'hub.verify_token': undefined }],
    ['another mode', { 'hub.mode': 'unsubscribe' }],
    ['no challenge', { 'hub.challenge': undefined }],
    ['markup as challenge', { 'hub.challenge': '<script>1</script>' }],
  ])('refuses %s', (_case, change) => {
    expect(answerMetaHandshake({ ...query, ...change }, 'mine')).toBeNull();
  });

  it('refuses every check while no token is set', () => {
    expect(answerMetaHandshake(query, undefined)).toBeNull();
    expect(answerMetaHandshake({ ...query, 'hub.verify_token': '' }, '')).toBeNull();
  });
});
