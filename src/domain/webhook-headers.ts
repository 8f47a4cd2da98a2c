/** Headers that an account adds to its webhooks, by their names as they were given. */
export type WebhookHeaders = Readonly<Record<string, string>>;

/** RFC 9110, 5.6.2. */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** RFC 9110, 5.5, of ASCII alone: visible at both ends, spaces and tabs only between. */
export const HEADER_VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;
const MOST_HEADERS = 10;
export const MOST_CHARACTERS = 2048;
/** All names and values together: many servers take 8 KiB of headers and no more. */
const MOST_OF_ALL = 6144;

/** What the router or HTTP itself says with a header of its own. */
const RESERVED = new Set([
  'accept-encoding',
  'connection',
  'date',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-request-id',
]);
const RESERVED_BEGINNING = /^(?:(?:content|proxy|sec|webhook)-|x-hub-signature)/;

/** `name` null: the headers as a whole. Never holds a value. */
export type HeaderProblem = { name: string | null; problem: string };

/** Everything that is wrong with the headers that somebody wants sent; empty where they may be. */
export function webhookHeaderProblems(headers: WebhookHeaders): HeaderProblem[] {
  const entries = Object.entries(headers);
  const seen = new Set<string>();
  const problems = entries.flatMap(([name, value]): HeaderProblem[] => {
    const known = name.toLowerCase();
    const problem = seen.has(known) ? 'is there twice' : headerProblem(known, value);
    seen.add(known);
    return problem === null ? [] : [{ name, problem }];
  });
  const size = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (entries.length > MOST_HEADERS)
    problems.unshift({ name: null, problem: `must have at most ${MOST_HEADERS} headers` });
  else if (size > MOST_OF_ALL)
    problems.unshift({ name: null, problem: `must have at most ${MOST_OF_ALL} characters in all` });
  return problems;
}

function headerProblem(name: string, value: string): string | null {
  if (!HEADER_NAME.test(name))
    return 'must have a name of 1 to 64 letters, digits or "-", "_", "." and the like';
  if (RESERVED.has(name) || RESERVED_BEGINNING.test(name))
    return 'is reserved: the router or HTTP itself sets it';
  if (value.length > MOST_CHARACTERS) return `must have at most ${MOST_CHARACTERS} characters`;
  return HEADER_VALUE.test(value)
    ? null
    : 'must be printable ASCII, not empty, with no space at its ends; to send none, leave it out';
}
