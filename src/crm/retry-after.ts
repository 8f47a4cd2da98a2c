const HTTP_DATE = /^[A-Z][a-z]{2,8}, .+ GMT$/;
/** A year: the caller clamps to hours, and a number of any length must not become infinite. */
const LONGEST_MS = 365 * 86_400_000;

/**
 * Milliseconds that a `Retry-After` header asks to wait (RFC 9110, 10.2.3: seconds or a date).
 * 0 for a date that is past; null for what is missing, negative or unreadable.
 */
export function parseRetryAfter(
  header: string | string[] | undefined,
  nowMs: number,
): number | null {
  const value = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_MS);
  // Date.parse alone reads far too much: "-1" is a day in 2001 to it.
  const at = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.min(Math.max(at - nowMs, 0), LONGEST_MS);
}
