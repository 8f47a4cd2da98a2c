import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { signatureHeaders } from '../../src/crm/signature.ts';

const BODY = Buffer.from('{"text":"Grüße 👋🏽"}');

describe('the signatures of a webhook', () => {
  it('match the example of the Standard Webhooks specification', () => {
    const headers = signatureHeaders({
      webhookId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: Buffer.from('{"test": 2432232314}'),
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      timestampSeconds: 1614265330,
    });
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    expect(headers['webhook-id']).toBe('msg_p5jXN8AQM9LWM0D4loKWxJek');
    expect(headers['webhook-timestamp']).toBe('1614265330');
  });

  it('match the published example of X-Hub-Signature-256', () => {
    // docs.github.com, "Validating webhook deliveries", testing the webhook payload validation.
    const headers = signed(["It's a Secret to Everybody"], Buffer.from('Hello, World!'));
    expect(headers['x-hub-signature-256']).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    );
  });

  it('are accepted by the standardwebhooks library, for any body and whsec_ secret', () => {
    fc.assert(
      fc.property(fc.json(), fc.uint8Array({ minLength: 24, maxLength: 64 }), (json, bytes) => {
        const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
        const headers = signed([secret], Buffer.from(json));
        expect(new Webhook(secret).verify(json, headers)).toEqual(JSON.parse(json));
      }),
    );
  });

  it('use the bytes of a secret that is not whsec_', () => {
    const secret = 'ein Schlüssel, kein Base64';
    const headers = signed([secret]);
    const receiver = new Webhook(new Uint8Array(Buffer.from(secret)), { format: 'raw' });
    expect(() => receiver.verify(BODY, headers)).not.toThrow();
  });

  it.each([
    'whsec_',
    'whsec_not base64',
    'whsec_A',
    'whsec_AAAA=',
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ])('use the bytes of %j whole, since it is not whsec_ and base64', (secret) => {
    const receiver = new Webhook(secret, { format: 'raw' });
    expect(() => receiver.verify(BODY, signed([secret]))).not.toThrow();
  });

  it('make the hub signature with the own bytes of a whsec_ secret', () => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const hex = createHmac('sha256', secret).update(BODY).digest('hex');
    expect(signed([secret])['x-hub-signature-256']).toBe(`sha256=${hex}`);
  });

  it('let receivers with the old and with the new secret pass during a rotation', () => {
    const secrets = [1, 2, 3].map(() => `whsec_${randomBytes(32).toString('base64')}`);
    const headers = signed(secrets);
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(3);
    for (const secret of secrets)
      expect(() => new Webhook(secret).verify(BODY, headers)).not.toThrow();
    const newest = createHmac('sha256', secrets[0] ?? '')
      .update(BODY)
      .digest('hex');
    expect(headers['x-hub-signature-256']).toBe(`sha256=${newest}`);
  });

  it('fail with another secret, body, id or time', () => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const receiver = new Webhook(secret);
    const headers = signed([secret]);
    const later = String(Number(headers['webhook-timestamp']) + 1);
    const foreign = new Webhook(`whsec_${randomBytes(32).toString('base64')}`);
    expect(() => foreign.verify(BODY, headers)).toThrow('No matching signature');
    expect(() => receiver.verify(Buffer.concat([BODY, Buffer.from(' ')]), headers)).toThrow();
    expect(() => receiver.verify(BODY, { ...headers, 'webhook-id': 'whd_2' })).toThrow();
    expect(() => receiver.verify(BODY, { ...headers, 'webhook-timestamp': later })).toThrow();
  });

  it.each(['whd_1.2', '', 'whd_1 ', 'whd_ä', 'whd_1\n'])('refuse the id %j', (webhookId) => {
    const webhook = { webhookId, body: BODY, secrets: ['s'], timestampSeconds: 1 };
    expect(() => signatureHeaders(webhook)).toThrow('A webhook id may hold');
  });

  it.each([[[]], [['']], [['s', '']]])('refuse the secrets %j', (secrets) => {
    expect(() => signed(secrets)).toThrow('needs secrets');
  });
});

function signed(secrets: string[], body = BODY): Record<string, string> {
  return signatureHeaders({
    webhookId: 'whd_1',
    body,
    secrets,
    timestampSeconds: Date.now() / 1000,
  });
}
