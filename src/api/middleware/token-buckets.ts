import { LRUCache } from 'lru-cache';

type Bucket = { tokens: number; at: number };

/** The answer of {@link TokenBuckets.take}, in the words of the `RateLimit-*` headers. */
export type Allowance = {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Seconds until the next request is allowed, or until the bucket is full again. */
  resetSeconds: number;
};

export type TokenBuckets = {
  /** Takes one token, if there is one. */
  take(name: string): Allowance;
  /** What `take` would answer, taking nothing. */
  look(name: string): Allowance;
};

/**
 * Token buckets in memory: `perMinute` requests at once, refilled evenly.
 * Each process counts for itself. `now` in milliseconds, monotonic.
 */
export function createTokenBuckets(
  perMinute: number,
  now: () => number = () => performance.now(),
): TokenBuckets {
  // Bounded, so that a flood of new names costs memory once. Who is forgotten starts full.
  const buckets = new LRUCache<string, Bucket>({ max: 10_000 });
  const perMs = perMinute / 60_000;

  function current(name: string): Bucket {
    const at = now();
    const last = buckets.get(name) ?? { tokens: perMinute, at };
    return { tokens: Math.min(perMinute, last.tokens + (at - last.at) * perMs), at };
  }

  function allowance(tokens: number): Allowance {
    const allowed = tokens >= 1;
    const missing = allowed ? perMinute - (tokens - 1) : 1 - tokens;
    return {
      allowed,
      limit: perMinute,
      remaining: allowed ? Math.floor(tokens - 1) : 0,
      resetSeconds: Math.ceil(missing / perMs / 1000),
    };
  }

  return {
    look: (name) => allowance(current(name).tokens),
    take(name) {
      const bucket = current(name);
      const result = allowance(bucket.tokens);
      if (result.allowed) bucket.tokens -= 1;
      buckets.set(name, bucket);
      return result;
    },
  };
}
