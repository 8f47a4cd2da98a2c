/** Which of several paths a request means: `/dlq/replays` fits `/dlq/{kind}` as well. */

/**
 * Fixed text comes before a parameter in the same place; paths that share no request may be equal.
 * Of paths of different length both are read to the end of the longer one: were `a` before `b` but
 * `b` equal to `a`, sorting would leave some paths out of order.
 */
export function comparePaths(a: string, b: string): number {
  const [ours, theirs] = [a.split('/'), b.split('/')];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const order = Number(isParameter(ours[index] ?? '')) - Number(isParameter(theirs[index] ?? ''));
    if (order !== 0) return order;
  }
  return 0;
}

/** As OpenAPI writes it (`{id}`), or as the router does (`:id`). */
function isParameter(step: string): boolean {
  return step.startsWith('{') || step.startsWith(':');
}
