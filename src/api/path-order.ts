/** Which of several paths a request means: `/dlq/replays` fits `/dlq/{kind}` as well. */

/** Fixed text comes before a parameter in the same place; paths that share no request are equal. */
export function comparePaths(a: string, b: string): number {
  const others = b.split('/');
  for (const [index, step] of a.split('/').entries()) {
    const order = Number(isParameter(step)) - Number(isParameter(others[index] ?? ''));
    if (order !== 0) return order;
  }
  return 0;
}

/** As OpenAPI writes it (`{id}`), or as the router does (`:id`). */
function isParameter(step: string): boolean {
  return step.startsWith('{') || step.startsWith(':');
}
