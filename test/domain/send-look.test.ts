import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { look, type LaneLook } from '../../src/domain/send-look.ts';

const NOW = 1_000_000;

type Given = {
  message?: Partial<NonNullable<LaneLook['message']>> | null;
  account?: Partial<LaneLook['account']>;
  attempt?: Partial<NonNullable<LaneLook['attempt']>> | null;
  askedRound?: number;
};

/** The head of a lane that nothing keeps from being sent. */
function rows({ message = {}, account = {}, attempt = null, askedRound = 1 }: Given): LaneLook {
  return {
    nowMs: NOW,
    askedRound,
    message: message && {
      round: 1,
      resolved: false,
      isHead: true,
      nextAttemptAtMs: null,
      waitReason: null,
      expiresAtMs: NOW + 86_400_000,
      ...message,
    },
    account: { enabled: true, paused: false, throttledUntilMs: null, ...account },
    attempt: attempt && { outcome: null, leaseUntilMs: 0, evidenceUntilMs: null, ...attempt },
  };
}

describe('the look before a send', () => {
  it('lets a head go that nothing holds', () => {
    expect(look(rows({}))).toEqual({ do: 'send' });
  });

  it.each([
    ['is gone', { message: null }],
    ['is resolved', { message: { resolved: true } }],
    ['is not the head of its lane', { message: { isHead: false } }],
    ['is in a newer round', { message: { round: 2 } }],
    ['is in an older round', { askedRound: 2 }],
  ] satisfies [string, Given][])('ends when the message %s', (_why, given) => {
    const attempt = { outcome: null, leaseUntilMs: NOW + 5_000 };
    expect(look(rows({ ...given, attempt }))).toEqual({ do: 'end' });
  });

  it('waits out the lease of a call that is on its way, then calls its outcome unknown', () => {
    expect(look(rows({ attempt: { leaseUntilMs: NOW + 7 } }))).toEqual({
      do: 'wait',
      untilMs: NOW + 7,
      reason: 'attempt_in_flight',
    });
    expect(look(rows({ attempt: { leaseUntilMs: NOW } }))).toEqual({ do: 'record_unknown' });
  });

  it('settles a lost call even while its account is paused', () => {
    const account = { paused: true, enabled: false };
    expect(look(rows({ account, attempt: { leaseUntilMs: NOW } })).do).toBe('record_unknown');
  });

  it('awaits evidence for as long as it may come, then judges the silence', () => {
    const attempt = { outcome: 'unknown', evidenceUntilMs: NOW + 1 };
    expect(look(rows({ attempt }))).toMatchObject({ do: 'wait', reason: 'awaiting_evidence' });
    expect(look(rows({ attempt: { ...attempt, evidenceUntilMs: NOW } })).do).toBe('judge_silence');
  });

  it('sends again once the silence was judged', () => {
    expect(look(rows({ attempt: { outcome: 'unknown', evidenceUntilMs: null } }))).toEqual({
      do: 'send',
    });
  });

  it('waits without an end while the account is disabled or paused', () => {
    const untilMs = null;
    expect(look(rows({ account: { enabled: false } }))).toEqual({
      do: 'wait',
      untilMs,
      reason: 'account_disabled',
    });
    expect(look(rows({ account: { paused: true } }))).toEqual({
      do: 'wait',
      untilMs,
      reason: 'account_paused',
    });
  });

  it('waits until the account is no longer throttled', () => {
    expect(look(rows({ account: { throttledUntilMs: NOW + 30 } }))).toEqual({
      do: 'wait',
      untilMs: NOW + 30,
      reason: 'throttled',
    });
    expect(look(rows({ account: { throttledUntilMs: NOW } })).do).toBe('send');
  });

  it('waits until the next attempt is due, and says for what', () => {
    const message = { nextAttemptAtMs: NOW + 30, waitReason: 'unavailable' };
    expect(look(rows({ message }))).toEqual({
      do: 'wait',
      untilMs: NOW + 30,
      reason: 'unavailable',
    });
    expect(look(rows({ message: { nextAttemptAtMs: NOW + 30 } }))).toMatchObject({
      reason: 'retry',
    });
    expect(look(rows({ message: { ...message, nextAttemptAtMs: NOW } })).do).toBe('send');
  });

  it('waits for a throttled account no longer than the message may wait', () => {
    const account = { throttledUntilMs: NOW + 30 };
    expect(look(rows({ account }))).toMatchObject({ do: 'wait', untilMs: NOW + 30 });
    expect(look(rows({ account, message: { expiresAtMs: NOW + 10 } }))).toEqual({
      do: 'wait',
      untilMs: NOW + 10,
      reason: 'throttled',
    });
    expect(look(rows({ account, message: { expiresAtMs: NOW } })).do).toBe('send');
  });

  it('never sends while a call is on its way, evidence is awaited or somebody said wait', () => {
    const times = fc.option(fc.integer({ min: NOW - 5, max: NOW + 5 }));
    const states = fc.record({
      nowMs: fc.constant(NOW),
      askedRound: fc.integer({ min: 1, max: 2 }),
      message: fc.option(
        fc.record({
          round: fc.integer({ min: 1, max: 2 }),
          resolved: fc.boolean(),
          isHead: fc.boolean(),
          nextAttemptAtMs: times,
          waitReason: fc.constantFrom(null, 'retry'),
          expiresAtMs: fc.integer({ min: NOW - 5, max: NOW + 5 }),
        }),
      ),
      account: fc.record({
        enabled: fc.boolean(),
        paused: fc.boolean(),
        throttledUntilMs: times,
      }),
      attempt: fc.option(
        fc.record({
          outcome: fc.constantFrom(null, 'unknown', 'transient', 'sent'),
          leaseUntilMs: fc.integer({ min: NOW - 5, max: NOW + 5 }),
          evidenceUntilMs: times,
        }),
      ),
    });
    fc.assert(
      fc.property(states, (state) => {
        if (look(state).do !== 'send') return;
        const { message, account, attempt } = state;
        expect(message).toMatchObject({ resolved: false, isHead: true, round: state.askedRound });
        expect(account).toMatchObject({ enabled: true, paused: false });
        const expired = (message?.expiresAtMs ?? 0) <= NOW;
        if (!expired) expect(account.throttledUntilMs ?? 0).toBeLessThanOrEqual(NOW);
        expect(message?.nextAttemptAtMs ?? 0).toBeLessThanOrEqual(NOW);
        expect(attempt?.outcome).not.toBeNull();
        if (attempt?.outcome === 'unknown') expect(attempt.evidenceUntilMs).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });
});
