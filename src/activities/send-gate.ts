import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhenResult,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Channel } from '../channels/channel.ts';
import type { SendOutcome } from '../domain/outcome.ts';
import { createSlots } from './slots.ts';

/** What stands between a committed attempt and the platform: its pace and its circuit breaker. */
export type SendGate = {
  /**
   * Runs the call, or answers in its place that it was not made: `throttled` where the pace does not
   * allow it yet or too many of the account's are under way, `unavailable` while the platform is
   * known to be down.
   */
  pass(
    channel: Pick<Channel, 'name' | 'pace'>,
    message: { accountId: string; conversationId: string },
    call: () => Promise<SendOutcome>,
  ): Promise<SendOutcome>;
};

const FAILURES = 5;
const HALF_OPEN_AFTER_MS = 10_000;
/** Half of what a worker runs of a channel: where one account's calls hang, the others have the rest. */
const MOST_UNDER_WAY = 50;
const CROWDED_WAIT_MS = 1_000;

/**
 * In memory of one worker: both only spare the platform calls that would fail. What must hold over
 * all workers stands in rows.
 */
export function createSendGate(): SendGate {
  const circuits = new LRUCache<string, CircuitBreakerPolicy>({ max: 10_000 });
  const limiters = new Map<string, RateLimiterMemory>();
  const slots = createSlots(MOST_UNDER_WAY);

  function circuitOf(key: string): CircuitBreakerPolicy {
    const known = circuits.get(key);
    if (known) return known;
    const circuit = circuitBreaker(
      handleWhenResult((outcome) => (outcome as SendOutcome).class === 'unavailable'),
      { breaker: new ConsecutiveBreaker(FAILURES), halfOpenAfter: HALF_OPEN_AFTER_MS },
    );
    circuits.set(key, circuit);
    return circuit;
  }

  function limiterOf(name: string, pace: { count: number; perMs: number }): RateLimiterMemory {
    const known = limiters.get(name);
    if (known) return known;
    const limiter = new RateLimiterMemory({
      keyPrefix: name,
      points: pace.count,
      duration: pace.perMs / 1000,
    });
    limiters.set(name, limiter);
    return limiter;
  }

  /** Milliseconds until the pace allows the call; null where it does. */
  async function paceOf(
    { name, pace }: Pick<Channel, 'name' | 'pace'>,
    accountId: string,
    conversationId: string,
  ): Promise<number | null> {
    const account = await waitFor(limiterOf(`${name}:account`, pace.account), accountId);
    if (account !== null || !pace.recipient) return account;
    return waitFor(limiterOf(`${name}:recipient`, pace.recipient), conversationId);
  }

  return {
    async pass(channel, { accountId, conversationId }, call) {
      const key = `${channel.name}:${accountId}`;
      const release = slots.take(key);
      if (!release) return heldBack(CROWDED_WAIT_MS);
      try {
        const waitMs = await paceOf(channel, accountId, conversationId);
        if (waitMs !== null) return heldBack(waitMs);
        return await circuitOf(key).execute(call);
      } catch (error) {
        if (error instanceof BrokenCircuitError) return CIRCUIT_OPEN;
        throw error;
      } finally {
        release();
      }
    },
  };
}

/** Takes one from the limiter; milliseconds to wait where there is none left. */
async function waitFor(limiter: RateLimiterMemory, key: string): Promise<number | null> {
  try {
    await limiter.consume(key);
    return null;
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext);
    throw refused;
  }
}

function heldBack(retryAfterMs: number): SendOutcome {
  return {
    class: 'throttled',
    code: 'paced',
    message: 'Held back to keep to the pace that the platform allows; no call was made.',
    retryAfterMs,
    scope: 'recipient',
  };
}

const CIRCUIT_OPEN: SendOutcome = {
  class: 'unavailable',
  code: 'circuit_open',
  message: 'The platform could not be reached several times in a row; no call was made.',
};
