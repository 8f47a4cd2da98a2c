/** Calls the sandbox's control API below one base address. */
export type Control = (method: string, path: string, body?: unknown) => Promise<Answer>;
export type Answer = { status: number; json: Record<string, unknown> };

export function createControl(base: string): Control {
  return async (method, path, body) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };
}

/** The same, for calls that a test cannot do without. Throws what the sandbox says against it. */
export async function command(
  control: Control,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const { status, json } = await control(method, path, body);
  if (status < 300) return json;
  throw new Error(`${method} ${path}: ${JSON.stringify(json)}`);
}

/** An error in Meta's form. */
export function metaError(code: number, more: object = {}): object {
  const rest = { type: 'OAuthException', fbtrace_id: 'A' };
  return { error: { message: '(#) A text of Meta.', code, ...rest, ...more } };
}
