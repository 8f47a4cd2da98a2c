import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { signatureHeaders } from '../../src/crm/signature.ts';
import { webhookSecretProblem } from '../../src/domain/webhook-secret.ts';

const standard = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString('base64')}`;
const of = (length: number, fill = 251) => standard(new Uint8Array(length).fill(fill));

describe('a webhook secret', () => {
  it.each([
    ['of 24 bytes', of(24)],
    ['of 32 bytes with padding', of(32)],
    ['of 64 bytes', of(64)],
    ['of words', 'correct-horse-battery-staple'],
    ['that happens to be base64', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['with another prefix', 'WHSEC_my-secret'],
  ])('%s may be set', (_, secret) => {
    expect(webhookSecretProblem(secret)).toBeNull();
  });

  it.each([
    ['of words', 'whsec_my-production-secret'],
    ['that is no base64', 'whsec_not-base64!!'],
    ['without its padding', of(32).replace('=', '')],
    ['with half of its padding', of(25).replace('==', '=')],
    ['with more than its padding', `${of(32)}=`],
    ['in the alphabet for URLs', of(32).replaceAll('+', '-').replaceAll('/', '_')],
    ['with bits that stand for nothing', of(32, 0).replace(/A=$/, 'B=')],
    ['of 23 bytes', of(23)],
    ['of 65 bytes', of(65)],
    ['of nothing', 'whsec_aa'.slice(0, 6)],
    ['with the prefix twice', `whsec_${of(24)}`],
  ])('with whsec_ and %s may not', (_, secret) => {
    expect(webhookSecretProblem(secret)).toMatch(/^must have /);
  });

  it.each(['', 'short', 'my secret', 'schlüssel', 'tab\tsecret', `${of(24)}\n`, 'x'.repeat(257)])(
    '%j may not, since it cannot be typed in everywhere',
    (secret) => {
      expect(webhookSecretProblem(secret)).toMatch(/^must have 8 to 256/);
    },
  );

  it('with whsec_ that may be set is read by the library that receivers use', () => {
    const secret = fc.oneof(
      fc.uint8Array({ minLength: 20, maxLength: 70 }).map(standard),
      fc.stringMatching(/^whsec_[A-Za-z0-9+/=_-]{30,90}$/),
    );
    fc.assert(
      fc.property(secret, (candidate) => {
        if (webhookSecretProblem(candidate) !== null) return;
        const body = Buffer.from('{}');
        const sign = { webhookId: 'whd_1', body, secrets: [candidate] };
        const headers = signatureHeaders({ ...sign, timestampSeconds: Date.now() / 1000 });
        expect(() => new Webhook(candidate).verify('{}', headers)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});
