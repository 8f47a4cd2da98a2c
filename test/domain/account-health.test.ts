import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  daysLeft,
  healthStatus,
  isExpired,
  isRefreshDue,
  warningDue,
} from '../../src/domain/account-health.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const now = Date.parse('2026-11-21T12:00:00Z');
/** Credentials of this age that end in so many milliseconds. */
const times = (age: number, left: number | null) => ({
  nowMs: now,
  setAtMs: now - age,
  expiresAtMs: left === null ? null : now + left,
});

describe('the renewal of credentials', () => {
  it.each([
    ['with 30 days left', 30 * DAY, 30 * DAY, false],
    ['with less than 30 days left', 31 * DAY, 30 * DAY - 1, true],
    ['on the last day', 59 * DAY, HOUR, true],
    ['when they have ended', 60 * DAY, 0, false],
    ['younger than a day', DAY - 1, 20 * DAY, false],
    ['a day old', DAY, 20 * DAY, true],
    ['a day old, of unknown end', DAY, null, true],
    ['younger than a day, of unknown end', DAY - 1, null, false],
  ])('%s', (_, age, left, due) => {
    expect(isRefreshDue(times(age, left))).toBe(due);
  });
});

describe('the warnings', () => {
  it.each([
    [15 * DAY, null, null],
    [14 * DAY, null, 14],
    [13 * DAY, 14, null],
    [7 * DAY + 1, 14, null],
    [7 * DAY, 14, 7],
    [7 * DAY, 7, null],
    // One that was missed is not given later.
    [5 * DAY, null, 7],
    [DAY, 7, 1],
    [HOUR, 1, null],
    [0, 7, null],
    [null, null, null],
  ])('with %s ms left after a warning at %s days: %s', (left, warned, due) => {
    expect(warningDue(times(0, left), warned)).toBe(due);
  });

  it('are at most three in the life of credentials, each once and in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -2 * DAY, max: 70 * DAY }), { maxLength: 200 }),
        (checks) => {
          const given: number[] = [];
          for (const left of checks.toSorted((a, b) => b - a)) {
            const due = warningDue(times(0, left), given.at(-1) ?? null);
            if (due !== null) given.push(due);
          }
          expect([14, 7, 1].filter((days) => given.includes(days))).toEqual(given);
        },
      ),
    );
  });
});

describe('the state of an account', () => {
  const well = { healthy: true, facts: {}, error: null };
  const account = { enabled: true, paused: false, health: well, daysLeft: null };
  it.each([
    ['healthy', {}],
    ['healthy', { daysLeft: 8 }],
    ['degraded', { daysLeft: 7 }],
    ['degraded', { health: { ...well, healthy: false } }],
    ['degraded', { health: { ...well, error: { class: 'unreachable', code: 'ETIMEDOUT' } } }],
    ['unknown', { health: null }],
    ['paused', { paused: true, health: null }],
    ['disabled', { enabled: false, paused: true }],
  ])('is %s with %j', (status, change) => {
    expect(healthStatus({ ...account, ...change })).toBe(status);
  });

  it('counts a begun day whole, and none below zero', () => {
    expect(daysLeft(times(0, DAY + 1))).toBe(2);
    expect(daysLeft(times(0, -5 * DAY))).toBe(0);
    expect(daysLeft(times(0, null))).toBeNull();
    expect(isExpired(times(0, 0))).toBe(true);
    expect(isExpired(times(0, 1))).toBe(false);
    expect(isExpired(times(0, null))).toBe(false);
  });
});
