import { describe, expect, it } from '@jest/globals';
import { hubSignature, metaBytes } from '../../sandbox/meta-signature.ts';

const VECTOR = String.raw`{"object":"instagram","entry":[{"id":"1784","time":1,"messaging":[{"message":{"mid":"m1","text":"\u00e4\u00f6 \ud83d\ude00"}}]}]}`;

describe('the Meta signature', () => {
  it('escapes everything outside ASCII in lower case, as Meta does', () => {
    expect(metaBytes(JSON.parse(VECTOR)).toString('ascii')).toBe(VECTOR);
  });

  it('gives the known signature for the known bytes', () => {
    expect(Buffer.byteLength(VECTOR)).toBe(129);
    expect(hubSignature('test-app-secret', metaBytes(JSON.parse(VECTOR)))).toBe(
      'sha256=a611b5edbca28aae0de4df421f01a5399cab2346d10b565a3c74488a1ee7bf6b',
    );
  });
});
