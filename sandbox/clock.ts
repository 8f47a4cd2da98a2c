/** The sandbox's idea of now, so that a test need not wait 24 hours for a window to close. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds the clock runs ahead of the real one. */
  offset(): number;
  advance(ms: number): void;
  reset(): void;
};

/** A clock that can be put forward. Retries of webhooks keep to real time. */
export function createClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    offset: () => ahead,
    advance: (ms) => void (ahead += ms),
    reset: () => void (ahead = 0),
  };
}
