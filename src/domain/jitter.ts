/** Spreads a delay by ±20 %, so that what failed together does not come back together. `random` is in [0, 1). */
export function jitter(delayMs: number, random: number): number {
  return Math.round(delayMs * (0.8 + 0.4 * random));
}
