import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  judgeAnswer,
  type WebhookPolicy,
  type WebhookState,
} from '../../src/domain/webhook-policy.ts';

const DAY_MS = 86_400_000;
const policy: WebhookPolicy = {
  retryDelaysMs: [1, 4, 16, 64, 600, 1800, 3600].map((seconds) => seconds * 1000),
  limitMs: DAY_MS,
};

function state(given: Partial<WebhookState> = {}): WebhookState {
  return { nowMs: 0, firstAttemptAtMs: 0, attempts: 1, random: 0.5, ...given };
}

function judge(
  statusCode: number | null,
  given: Partial<WebhookState> = {},
  retryAfterMs: number | null = null,
) {
  return judgeAnswer({ statusCode, retryAfterMs }, state(given), policy);
}

describe('what follows from the answer of the CRM', () => {
  it.each([200, 201, 202, 204, 299])('takes %p as delivered', (status) => {
    expect(judge(status, { attempts: 40, nowMs: 2 * DAY_MS })).toEqual({ do: 'delivered' });
  });

  it.each([301, 302, 307, 403, 404, 408, 429, 500, 502, 503, 504, 599, 100, null])(
    'tries again until the day is over after %p',
    (status) => {
      expect(judge(status, { attempts: 1 })).toEqual({ do: 'retry', delayMs: 1_000 });
      expect(judge(status, { attempts: 30, nowMs: DAY_MS - 1 }).do).toBe('retry');
      expect(judge(status, { attempts: 30, nowMs: DAY_MS })).toEqual({
        do: 'dead_letter',
        reason: 'expired',
      });
    },
  );

  it.each([400, 402, 405, 406, 409, 411, 413, 422, 451, 499])(
    'makes the five quick attempts and no more after %p',
    (status) => {
      const delays = [1, 2, 3, 4].map((attempts) => judge(status, { attempts }));
      expect(delays).toEqual(
        [1_000, 4_000, 16_000, 64_000].map((delayMs) => ({ do: 'retry', delayMs })),
      );
      expect(judge(status, { attempts: 5 })).toEqual({ do: 'dead_letter', reason: 'rejected' });
    },
  );

  it('does not try again after 401', () => {
    expect(judge(401)).toEqual({ do: 'dead_letter', reason: 'unauthorized' });
  });

  it('stops the endpoint after 410 and keeps the event, however old', () => {
    expect(judge(410)).toEqual({ do: 'disable_endpoint' });
    expect(judge(410, { attempts: 40, nowMs: 3 * DAY_MS })).toEqual({ do: 'disable_endpoint' });
  });

  it('waits 1, 4, 16, 64 s, 10 min, 30 min, and then an hour each time', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 20].map((attempts) => {
      const verdict = judge(500, { attempts });
      return verdict.do === 'retry' ? verdict.delayMs / 1000 : verdict;
    });
    expect(delays).toEqual([1, 4, 16, 64, 600, 1800, 3600, 3600, 3600]);
  });

  it('waits longer when asked to, and never shorter', () => {
    expect(judge(429, { attempts: 1 }, 30_000)).toEqual({ do: 'retry', delayMs: 30_000 });
    expect(judge(429, { attempts: 4 }, 1_000)).toEqual({ do: 'retry', delayMs: 64_000 });
    expect(judge(503, { attempts: 1 }, 0)).toEqual({ do: 'retry', delayMs: 1_000 });
    expect(judge(503, { attempts: 1 }, -1_000)).toEqual({ do: 'retry', delayMs: 1_000 });
  });

  it('lets nobody ask for more than what is left of the day', () => {
    expect(judge(429, { nowMs: DAY_MS - 60_000 }, 1e15)).toEqual({ do: 'retry', delayMs: 60_000 });
    expect(judge(503, { nowMs: DAY_MS - 60_000, attempts: 25 })).toEqual({
      do: 'retry',
      delayMs: 60_000,
    });
  });

  it('keeps every wait within a fifth of its rung, and within the day', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 0, max: DAY_MS - 1 }),
        (attempts, random, nowMs) => {
          const verdict = judge(500, { attempts, random, nowMs });
          if (verdict.do !== 'retry') throw new Error('it should be tried again');
          const rung = policy.retryDelaysMs[Math.min(attempts, 7) - 1] ?? 0;
          expect(verdict.delayMs).toBeLessThanOrEqual(Math.min(rung * 1.2, DAY_MS - nowMs));
          expect(verdict.delayMs).toBeGreaterThanOrEqual(Math.min(rung * 0.8, DAY_MS - nowMs));
        },
      ),
    );
  });

  it('ends every run of failures: no event is tried for ever', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(
          fc.record({
            statusCode: fc.constantFrom(403, 404, 408, 429, 500, 503, 302, null),
            retryAfterMs: fc.option(fc.integer({ min: -1000, max: 1e10 })),
            random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          }),
        ),
        (answers) => {
          let nowMs = 0;
          for (let attempts = 1; attempts < 200; attempts += 1) {
            const [given] = answers.take(1);
            if (!given) return;
            const verdict = judgeAnswer(given, state({ nowMs, attempts, ...given }), policy);
            if (verdict.do === 'dead_letter') return expect(nowMs).toBe(DAY_MS);
            if (verdict.do !== 'retry') throw new Error(verdict.do);
            nowMs += verdict.delayMs;
          }
          throw new Error('it was tried 200 times');
        },
      ),
    );
  });
});
