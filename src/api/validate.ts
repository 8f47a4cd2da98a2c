import type { z } from 'zod';
import { ApiError, type FieldError } from './errors.ts';

/** Checks one part of a request. Throws `validation_failed` that points at everything wrong in it. */
export function validate<T extends z.ZodType>(
  schema: T,
  value: unknown,
  part: FieldError['in'],
): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => fieldErrors(issue, part));
  const first = errors[0];
  throw new ApiError('validation_failed', {
    detail: first ? `${first.in} ${first.pointer || '(whole)'}: ${first.detail}` : 'not valid',
    errors,
  });
}

function fieldErrors(issue: z.core.$ZodIssue, part: FieldError['in']): FieldError[] {
  // Of several forms of a body it is measured by the one that it is nearest to.
  if (issue.code === 'invalid_union' && issue.path.length === 0) {
    const forms = issue.errors.map((form) => form.flatMap((each) => fieldErrors(each, part)));
    const [nearest] = forms.toSorted((a, b) => a.length - b.length);
    if (nearest) return nearest;
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      in: part,
      pointer: jsonPointer([...issue.path, key]),
      detail: 'is not a known member',
    }));
  return [{ in: part, pointer: jsonPointer(issue.path), detail: issue.message }];
}

/** RFC 6901: `['a/b', 0]` → `/a~1b/0`. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed()}`)
    .join('');
}
