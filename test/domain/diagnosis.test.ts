import { describe, expect, it } from '@jest/globals';
import { diagnose, type Failed } from '../../src/domain/diagnosis.ts';

const webhook = (given: Partial<Failed>) =>
  diagnose({
    kind: 'webhook',
    reason: 'expired',
    lastStatusCode: null,
    lastErrorClass: null,
    ...given,
  });
const message = (reason: string) =>
  diagnose({ kind: 'message', reason, lastStatusCode: null, lastErrorClass: null });

describe('the diagnosis of a webhook', () => {
  it.each([
    [401, /signature/, /webhook_secret/],
    [404, /path/, /crm_webhook_url/],
    [301, /redirects are not followed/, /crm_webhook_url/],
    [418, /refuses this event/, /words/],
    [429, /fewer requests/, /bulk replay/],
    [503, /failed while it dealt/, /log/],
    [200, /No cause is known/, /retry/],
  ])('with a last answer of %i names its cause and a remedy', (lastStatusCode, cause, remedy) => {
    const found = webhook({ lastStatusCode });
    expect(found.likelyCause).toMatch(cause);
    expect(found.whatToDo).toMatch(remedy);
  });

  it.each([
    ['timeout', /within the time/],
    ['dns', /does not resolve/],
    ['refused', /Nothing listens/],
    ['tls', /TLS/],
    ['forbidden_address', /private address/],
    ['reset', /cut the connection/],
    ['protocol', /does not speak HTTP/],
    ['something new', /could not be reached/],
    [null, /could not be reached/],
  ])('that got no answer goes by the error %s', (lastErrorClass, cause) => {
    expect(webhook({ lastErrorClass }).likelyCause).toMatch(cause);
  });

  it('has the reason as its class', () => {
    expect(webhook({ reason: 'unauthorized', lastStatusCode: 401 }).class).toBe('unauthorized');
  });
});

describe('the diagnosis of a message', () => {
  it('tells a platform that was out of service from one that was out of reach', () => {
    const unavailable = (lastStatusCode: number | null) =>
      diagnose({ kind: 'message', reason: 'unavailable', lastStatusCode, lastErrorClass: null });
    expect(unavailable(503).likelyCause).toMatch(/out of service \(503\)/);
    expect(unavailable(null).likelyCause).toMatch(/could not be reached/);
    for (const code of [503, null])
      expect(unavailable(code).likelyCause).toMatch(/OUTBOUND_EXPIRY/);
  });

  it('says of one that holds its conversation that it waits, and what ends that', () => {
    const failed = { kind: 'message', reason: 'unknown', lastStatusCode: null } as const;
    const found = diagnose({ ...failed, lastErrorClass: null, holds: true });
    expect(found.whatToDo).toMatch(/waits.*confirm.*resend.*cancel/);
  });

  it.each(['transient', 'throttled', 'unavailable', 'unauthorized', 'refused', 'migrated'])(
    'that ended %s says something of its own',
    (reason) => {
      expect(message(reason)).not.toMatchObject({ likelyCause: message('new').likelyCause });
    },
  );

  it('that may have arrived sends a person to look, and never says "retry"', () => {
    const found = message('unknown');
    expect(found.whatToDo).toMatch(/confirm the message; if not, resend/);
    expect(found.whatToDo).not.toMatch(/retry/i);
  });

  it('of an unknown class, or a member that every object has, still says what to do', () => {
    expect(message('new').whatToDo).toMatch(/retry it or discard it/);
    expect(message('toString').whatToDo).toMatch(/retry it or discard it/);
  });
});

describe('the diagnosis of a mirror row', () => {
  it("points at the CRM's database", () => {
    const found = diagnose({
      kind: 'mirror',
      reason: 'rejected',
      lastStatusCode: null,
      lastErrorClass: null,
    });
    expect(found.likelyCause).toMatch(/database/);
  });
});
