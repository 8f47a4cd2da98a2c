import { setTimeout as pause } from 'node:timers/promises';

/**
 * What an error of PostgreSQL says about trying again. `again`: others were in the way. `elsewhere`:
 * this connection cannot do it, another one may: the plan that it keeps is out of date, a pooler has
 * lost what was prepared, or its server became a standby.
 */
export type Remedy = 'again' | 'elsewhere' | 'none';

/** Serialization failure, deadlock, lock not available. */
const AGAIN = new Set(['40001', '40P01', '55P03']);
/** Cached plan must not change, or no writing during recovery; unknown statement; read-only. */
const ELSEWHERE = new Set(['0A000', '26000', '25006']);
const TRIES = 5;
const FIRST_PAUSE_MS = 10;

export function remedyFor(error: unknown): Remedy {
  const code = String((error as { code?: unknown }).code);
  if (AGAIN.has(code)) return 'again';
  return ELSEWHERE.has(code) ? 'elsewhere' : 'none';
}

/**
 * Runs `work` again while that may help: `again` with pauses that grow and differ, so that those who
 * met do not meet once more; `elsewhere` at most `connections` times. Only for work that leaves nothing
 * when it fails.
 */
export async function withRetries<T>(work: () => Promise<T>, connections: number): Promise<T> {
  let moved = 0;
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      const remedy = remedyFor(error);
      if (remedy === 'none') throw error;
      if (remedy === 'elsewhere') moved += 1;
      if (moved > connections || tried - moved >= TRIES) throw error;
      if (remedy === 'again')
        await pause(FIRST_PAUSE_MS * 2 ** (tried - moved - 1) * (0.5 + Math.random()));
    }
  }
}
