import { z } from 'zod';
import type { ErrorCode } from './error-codes.ts';
import { ApiError } from './errors.ts';
import type { Route } from './route.ts';
import { validate } from './validate.ts';

/** What is said of an id in a path that nothing has. */
const NOT_FOUND: Record<string, ErrorCode> = {
  message_id: 'message_not_found',
  conversation_id: 'conversation_not_found',
  account_id: 'account_not_found',
  rule_id: 'auto_reply_not_found',
  key_id: 'api_key_not_found',
  dead_letter_id: 'dead_letter_not_found',
  replay_id: 'bulk_replay_not_found',
};

/** Members of a path that are ids of which the route says that there is no such thing. */
function idsOf({ params, errors = [] }: Route): string[] {
  if (!(params instanceof z.ZodObject)) return [];
  return Object.keys(params.shape).filter((name) => {
    const code = NOT_FOUND[name];
    return code !== undefined && errors.includes(code);
  });
}

/** Whether a path of the route can be wrong in another way than by an id that nothing has. */
export function hasOtherParams(route: Route): boolean {
  if (!(route.params instanceof z.ZodObject)) return false;
  return idsOf(route).length < Object.keys(route.params.shape).length;
}

/**
 * The parameters of a request's path. What is no id at all is nobody's id, a 404 like every other
 * unknown one; other members that are wrong are a 400. Throws {@link ApiError}.
 */
export function readParams(route: Route, given: unknown): unknown {
  if (!route.params) return undefined;
  try {
    return validate(route.params, given, 'path');
  } catch (error) {
    const wrong = error instanceof ApiError ? (error.details.errors ?? []) : [];
    const ids = idsOf(route).map((name) => `/${name}`);
    const [first] = wrong;
    if (!first || !wrong.every(({ pointer }) => ids.includes(pointer))) throw error;
    const code = NOT_FOUND[first.pointer.slice(1)] ?? 'validation_failed';
    throw new ApiError(code);
  }
}
