import { ApiError, bodyError, type FieldError } from './errors.ts';
import { jsonPointer } from './validate.ts';

/** Deep enough for any request of ours; a few thousand levels overflow the stack of what follows. */
const MAX_DEPTH = 64;

/**
 * Reads a JSON document from untrusted bytes. Refuses bad UTF-8, nesting over 64 levels, members
 * named `__proto__`, and text with NUL or lone surrogates, which PostgreSQL cannot store as it is.
 * Of two members with one name the last counts. Throws {@link ApiError} `invalid_body` or
 * `validation_failed`, which never quotes the body.
 */
export function parseJson(bytes: Buffer): unknown {
  const text = decode(bytes);
  if (depth(text) > MAX_DEPTH)
    throw bodyError('invalid_body', '', `The body is nested over ${MAX_DEPTH} levels deep.`);
  const value = parse(text);
  const problem = findForbidden(value, []);
  if (problem) throw problem;
  return value;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bodyError('invalid_body', '', 'The body is not valid UTF-8.');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the body; only the place is taken from it.
    const at = /position (\d+)/.exec(String(error))?.[1];
    const place = at === undefined ? '' : ` It breaks at character ${at}.`;
    throw bodyError('invalid_body', '', `The body is not valid JSON.${place}`);
  }
}

/** The deepest nesting of brackets outside of strings, in one pass. */
function depth(text: string): number {
  let deepest = 0;
  let level = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, (level += 1));
    else if (character === '}' || character === ']') level -= 1;
  }
  return deepest;
}

function findForbidden(value: unknown, path: (string | number)[]): ApiError | null {
  if (typeof value === 'string') return storable(value) ? null : notStorable(path);
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, member] of Object.entries(value)) {
    const at = [...path, key];
    // JSON.parse makes it an own member, and the first copy of the object takes it for real.
    if (key === '__proto__')
      return bodyError('validation_failed', jsonPointer(at), 'is not a known member');
    if (!storable(key)) return notStorable(at);
    const problem = findForbidden(member, at);
    if (problem) return problem;
  }
  return null;
}

/** The same for values that came in a query. Throws {@link ApiError} `validation_failed`. */
export function requireStorable<T extends object>(values: T, part: FieldError['in']): T {
  for (const [name, value] of Object.entries(values))
    if (![name, value].flat().every((text) => typeof text !== 'string' || storable(text)))
      throw notStorable([name], part);
  return values;
}

function storable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function notStorable(path: (string | number)[], part: FieldError['in'] = 'body'): ApiError {
  const pointer = jsonPointer(path).replaceAll('\0', '\u2400');
  const detail = 'must not contain NUL or lone surrogates';
  return new ApiError('validation_failed', {
    detail: `${part} ${pointer}: ${detail}`,
    errors: [{ in: part, pointer, detail }],
  });
}
