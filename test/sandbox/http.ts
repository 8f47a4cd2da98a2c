/** What a request was answered: the body parsed where it is JSON. */
export type Answer<T = Record<string, unknown>> = { status: number; body: T; headers: Headers };

/** Sends JSON, or nothing, and reads the answer whatever its status. */
export async function request<T = Record<string, unknown>>(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, body: json ? JSON.parse(text) : text, headers: answer.headers };
}

/** Looks again until the condition holds; fails after `limit` milliseconds, naming it. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limit = 5000,
): Promise<void> {
  const end = Date.now() + limit;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Not within ${limit} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
