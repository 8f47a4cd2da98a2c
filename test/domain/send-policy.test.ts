import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SendOutcome } from '../../src/domain/outcome.ts';
import {
  accountThrottleMs,
  afterSilence,
  judgeAccountRefusal,
  decide,
  type SendPolicy,
  type SendState,
} from '../../src/domain/send-policy.ts';
import { outcome } from '../support/builders.ts';

const policy: SendPolicy = {
  retryDelaysMs: [2_000, 10_000],
  evidenceMs: 60_000,
  expiryMs: 86_400_000,
};

/** A first attempt, just made, of a message that became head a second ago; jitter in the middle. */
function state(given: Partial<SendState> = {}): SendState {
  return {
    nowMs: 1_000_000,
    headSinceMs: 999_000,
    attempts: 0,
    streak: 1,
    hasUnknown: false,
    lastPart: true,
    random: 0.5,
    ...given,
  };
}

const expired = { nowMs: 86_400_000, headSinceMs: 0 };

describe('what follows from an outcome', () => {
  it('ends the message with its last part, and only with that', () => {
    expect(decide(outcome.sent(), state(), policy)).toEqual({ do: 'sent', messageDone: true });
    expect(decide(outcome.sent(), state({ lastPart: false }), policy)).toEqual({
      do: 'sent',
      messageDone: false,
    });
  });

  it('tries a transient failure three times: after 2 s, after 10 s, then fails', () => {
    const after = (attempts: number) =>
      decide(outcome.failed('transient'), state({ attempts }), policy);
    expect(after(0)).toEqual({ do: 'retry', delayMs: 2_000 });
    expect(after(1)).toEqual({ do: 'retry', delayMs: 10_000 });
    expect(after(2)).toEqual({ do: 'give_up', status: 'failed', deadLetter: true });
  });

  it('waits as long as the platform says when it throttles, for whom it says', () => {
    const said = outcome.throttled({ retryAfterMs: 90_000, scope: 'account' });
    expect(decide(said, state(), policy)).toEqual({
      do: 'wait',
      delayMs: 90_000,
      reason: 'throttled',
    });
    expect(accountThrottleMs(said, state())).toBe(90_000);
    expect(accountThrottleMs(outcome.throttled({ retryAfterMs: 90_000 }), state())).toBeNull();
    expect(accountThrottleMs(outcome.sent(), state())).toBeNull();
  });

  it.each([undefined, 0, -5])('backs off from 5 s to 15 min when told to wait %p', (said) => {
    const waits = [1, 2, 3, 8, 9, 500].map((streak) => {
      const throttled = { ...outcome.throttled(), retryAfterMs: said };
      const verdict = decide(throttled, state({ streak }), policy);
      return verdict.do === 'wait' ? verdict.delayMs : verdict;
    });
    expect(waits).toEqual([5_000, 10_000, 20_000, 640_000, 900_000, 900_000]);
  });

  it('waits 5 s, doubling to a minute, while the platform cannot be reached', () => {
    const waits = [1, 2, 3, 4, 5, 5_000].map((streak) => {
      const verdict = decide(outcome.failed('unavailable'), state({ streak }), policy);
      return verdict.do === 'wait' ? verdict.delayMs : verdict;
    });
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('does not count waits: a message is not given up for them before its time', () => {
    const many = state({ attempts: 0, streak: 400 });
    expect(decide(outcome.throttled(), many, policy).do).toBe('wait');
    expect(decide(outcome.failed('unavailable'), many, policy).do).toBe('wait');
  });

  it('awaits evidence when nobody knows whether the message went out', () => {
    const verdict = decide(outcome.failed('unknown'), state({ attempts: 2, ...expired }), policy);
    expect(verdict).toEqual({ do: 'await_evidence', delayMs: 60_000 });
  });

  it('pauses the account when the platform refuses its credentials', () => {
    expect(decide(outcome.failed('unauthorized'), state(expired), policy)).toEqual({ do: 'pause' });
  });

  it('fails at once, without a dead letter, what the platform refuses', () => {
    expect(decide(outcome.failed('refused'), state(), policy)).toEqual({
      do: 'give_up',
      status: 'failed',
      deadLetter: false,
    });
  });

  it('sends to the new address at once when the recipient has moved', () => {
    const moved = { class: 'migrated', newRecipientId: '-100', code: '', message: '' } as const;
    expect(decide(moved, state(), policy)).toEqual({ do: 'retry', delayMs: 0 });
  });

  it.each(['transient', 'unavailable'] as const)(
    'gives up a message that is %s once its time is over',
    (failure) => {
      expect(decide(outcome.failed(failure), state(expired), policy)).toEqual({
        do: 'give_up',
        status: 'failed',
        deadLetter: true,
      });
    },
  );

  it('makes the attempt that is due when the time ends', () => {
    const nearEnd = state({ nowMs: 86_399_000, headSinceMs: 0, streak: 9 });
    const verdict = decide(outcome.throttled({ retryAfterMs: 3_600_000 }), nearEnd, policy);
    expect(verdict).toMatchObject({ do: 'wait', delayMs: 1_000 });
  });

  it('throttles the account as long as the platform says, however near its end the message is', () => {
    const said = outcome.throttled({ retryAfterMs: 3_600_000, scope: 'account' });
    const nearEnd = state({ nowMs: 86_399_000, headSinceMs: 0 });
    expect(decide(said, nearEnd, policy)).toMatchObject({ delayMs: 1_000 });
    expect(accountThrottleMs(said, nearEnd)).toBe(3_600_000);
  });
});

describe('what follows when no evidence came', () => {
  const rule = { onUnknown: 'auto', silenceMeansSomething: true } as const;

  it('sends again where silence means something', () => {
    expect(afterSilence(state(), rule, policy)).toEqual({ do: 'retry', delayMs: 0 });
  });

  it('leaves it to a person where silence means nothing', () => {
    const silent = { ...rule, silenceMeansSomething: false };
    const unconfirmed = { do: 'give_up', status: 'unconfirmed', deadLetter: true };
    expect(afterSilence(state(), silent, policy)).toEqual(unconfirmed);
    expect(afterSilence(state(), { ...silent, onUnknown: 'resend' }, policy).do).toBe('retry');
  });

  it('gives up as unconfirmed after the third attempt, and after the time', () => {
    const unconfirmed = { do: 'give_up', status: 'unconfirmed', deadLetter: true };
    expect(afterSilence(state({ attempts: 2 }), rule, policy)).toEqual(unconfirmed);
    expect(afterSilence(state(expired), rule, policy)).toEqual(unconfirmed);
  });

  it('is left to a person where the account says so', () => {
    const hold = { ...rule, onUnknown: 'hold' } as const;
    for (const each of [state(), state(expired)])
      expect(afterSilence(each, hold, policy)).toEqual({ do: 'hold' });
  });
});

describe('what follows when an answer speaks against the whole account', () => {
  const judge = (pausedIt: boolean, othersFine: boolean, othersRefused: boolean, given = {}) =>
    judgeAccountRefusal({ pausedIt, othersFine, othersRefused }, state(given), policy);

  it('is a pause, unless this conversation has caused the last one by itself', () => {
    for (const othersFine of [true, false])
      for (const othersRefused of [true, false])
        expect(judge(false, othersFine, othersRefused)).toEqual({ do: 'pause' });
    expect(judge(true, false, true)).toEqual({ do: 'pause' });
  });

  it('is the end of this message where others get through', () => {
    for (const othersRefused of [true, false])
      expect(judge(true, true, othersRefused)).toMatchObject({ do: 'give_up', status: 'failed' });
  });

  it('is a wait of its own until others were tried, longer each time, and not for ever', () => {
    expect(judge(true, false, false, { streak: 1 })).toEqual({
      do: 'wait',
      delayMs: 60_000,
      reason: 'account_refusal',
    });
    expect(judge(true, false, false, { streak: 99 })).toMatchObject({ delayMs: 900_000 });
    expect(judge(true, false, false, expired)).toMatchObject({ do: 'give_up', deadLetter: true });
  });
});

describe('any outcome in any state', () => {
  const failures = ['transient', 'unavailable', 'unknown', 'unauthorized', 'refused'] as const;
  const outcomes: fc.Arbitrary<SendOutcome> = fc.oneof(
    fc.constantFrom(...failures).map((each) => outcome.failed(each)),
    fc.constant(outcome.sent('mid')),
    fc
      .record({
        retryAfterMs: fc.option(fc.integer({ min: -1, max: 1e12 }), { nil: undefined }),
        scope: fc.constantFrom('recipient' as const, 'account' as const),
      })
      .map((given) => ({ ...outcome.throttled(), ...given })),
  );
  const states = fc.record({
    nowMs: fc.integer({ min: 0, max: 2e8 }),
    headSinceMs: fc.integer({ min: 0, max: 2e8 }),
    attempts: fc.integer({ min: 0, max: 5 }),
    streak: fc.integer({ min: 1, max: 100_000 }),
    hasUnknown: fc.boolean(),
    lastPart: fc.boolean(),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  it('plans no attempt beyond the end of the time, nor in the past', () => {
    fc.assert(
      fc.property(outcomes, states, (result, given) => {
        const verdict = decide(result, given, policy);
        if (verdict.do !== 'retry' && verdict.do !== 'wait') return;
        expect(verdict.delayMs).toBeGreaterThanOrEqual(0);
        expect(given.nowMs + verdict.delayMs).toBeLessThanOrEqual(
          given.headSinceMs + policy.expiryMs,
        );
      }),
    );
  });

  it('never calls a message failed that may have arrived', () => {
    fc.assert(
      fc.property(outcomes, states, (result, given) => {
        const verdict = decide(result, { ...given, hasUnknown: true }, policy);
        if (verdict.do === 'give_up') expect(verdict.status).toBe('unconfirmed');
      }),
    );
  });

  it('never waits nothing at all for a platform that throttles or is away', () => {
    const away = fc.constantFrom(outcome.throttled(), outcome.failed('unavailable'));
    fc.assert(
      fc.property(away, states, (result, given) => {
        const early = { ...given, headSinceMs: given.nowMs };
        expect(decide(result, early, policy)).toMatchObject({ do: 'wait' });
        const { delayMs } = decide(result, early, policy) as { delayMs: number };
        expect(delayMs).toBeGreaterThanOrEqual(4_000);
        expect(delayMs).toBeLessThanOrEqual(1_080_000);
      }),
    );
  });

  it('spreads a delay by a fifth to both sides', () => {
    fc.assert(
      fc.property(states, (given) => {
        const early = { ...given, headSinceMs: given.nowMs, attempts: 1 };
        const { delayMs } = decide(outcome.failed('transient'), early, policy) as {
          delayMs: number;
        };
        expect(delayMs).toBeGreaterThanOrEqual(8_000);
        expect(delayMs).toBeLessThanOrEqual(12_000);
      }),
    );
  });
});
