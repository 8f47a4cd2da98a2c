import { setTimeout as pause } from 'node:timers/promises';

/** One request: when it was due and when its answer was there, milliseconds since 1970. */
export type Shot = { index: number; dueAt: number; answeredAt: number; error: string | null };

/** Past this the target is not keeping up, and more load would only measure the queue. */
const MOST_IN_FLIGHT = 2_000;

/** Milliseconds since 1970 with fractions; comparable between processes of one machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Sends `count` requests at their due times, whether or not earlier ones were answered, and counts
 * each from the time it was due: a target (or a generator) that stalls is not flattered by requests
 * that were never sent. One that fails is a shot with an error.
 */
export async function openLoop(
  load: { perSecond: number; count: number },
  send: (index: number) => Promise<void>,
): Promise<Shot[]> {
  const shots: Promise<Shot>[] = [];
  let inFlight = 0;
  const begin = now() + 50;
  for (let index = 0; index < load.count; index += 1) {
    const dueAt = begin + (index * 1000) / load.perSecond;
    const waitMs = dueAt - now();
    if (waitMs > 0) await pause(waitMs);
    if (inFlight >= MOST_IN_FLIGHT) throw new Error(`${inFlight} requests wait for an answer`);
    inFlight += 1;
    shots.push(
      send(index)
        .then(() => null, String)
        .then((error) => {
          inFlight -= 1;
          return { index, dueAt, answeredAt: now(), error };
        }),
    );
  }
  return Promise.all(shots);
}

/** Runs `count` pieces of work, so many at a time, as fast as they go. */
export async function closedLoop(
  load: { atOnce: number; count: number },
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < load.count) await work(next++);
  };
  await Promise.all(Array.from({ length: load.atOnce }, lane));
}

/** Throws what went wrong with the first request that failed. */
export function requireAll(shots: readonly Shot[]): void {
  const failed = shots.filter(({ error }) => error !== null);
  if (failed[0]) throw new Error(`${failed.length} requests failed; the first: ${failed[0].error}`);
}

/** The time from due to answered, ms. */
export function latencies(shots: readonly Shot[]): number[] {
  return shots.map(({ dueAt, answeredAt }) => answeredAt - dueAt);
}
