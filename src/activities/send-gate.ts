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

/** What stands between a committed attempt and the platform: its pace and its circuit breaker. */
export type SendGate = {
  /**
   * Runs the call, or answers in its place that it was not made: `throttled` where the pace does
   * not allow it yet, `unavailable` while the platform is known to be down.
   */
  pass(
    channel: Pick<Channel, 'name' | 'pace'>,
    message: { accountId: string; conversationId: string },
    call: () => Promise<SendOutcome>,
  ): Promise<SendOutcome>;
};

const FAILURES = 5;
const HALF_OPEN_AFTER_MS = 10_000;

/**
 * In memory of one worker: both only spare the platform calls that would fail. What must hold over
 * all workers stands in rows.
 */
export function createSendGate(): SendGate {
  const circuits = new LRUCache<string, CircuitBreakerPolicy>({ max: 10_000 });
  const limiters = new Map<string, RateLimiterMemory>();

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

  return {
    async pass(channel, { accountId, conversationId }, call) {
      const waitMs =
        (await waitFor(limiterOf(`${channel.name}:account`, channel.pace.account), accountId)) ??
        (channel.pace.recipient &&
          (await waitFor(
            limiterOf(`${channel.name}:recipient`, channel.pace.recipient),
            conversationId,
          )));
      if (waitMs) return paced(waitMs);
      try {
        return await circuitOf(`${channel.name}:${accountId}`).execute(call);
      } catch (error) {
        if (error instanceof BrokenCircuitError) return CIRCUIT_OPEN;
        throw error;
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

function paced(retryAfterMs: number): SendOutcome {
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
