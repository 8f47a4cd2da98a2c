import { type Answer, request } from '../sandbox/http.ts';

/**
 * Sends JSON, or nothing, and reads the answer. Each request has a connection of its own: one that
 * has been idle may be closed by the other side just when it is used again, which looks like a fault
 * of the router.
 */
export function ask<T = Record<string, unknown>>(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  return request<T>(method, url, body, { connection: 'close', ...headers });
}
