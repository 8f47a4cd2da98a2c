import { z } from 'zod';
import type { PlatformResult } from './platform-http.ts';

/** Reading what Meta's platforms send: JSON with long ids, and members that may be odd. */

/**
 * Parses JSON and keeps whole numbers beyond 2^53 as their digits: ids have 17 of them and would
 * come out as somebody else's id. Throws `SyntaxError`.
 */
export function parseKeepingIds(text: string): unknown {
  const keepDigits = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^\d+$/.test(context.source ?? '')
      ? context.source
      : value;
  try {
    return JSON.parse(text, keepDigits as Parameters<typeof JSON.parse>[1]) as unknown;
  } catch (error) {
    // The reviver recurses, plain parsing does not: very deep nesting must not lose the rest.
    if (error instanceof RangeError) return JSON.parse(text) as unknown;
    throw error;
  }
}

/** The JSON of an answer, or undefined where it is none. */
export function parseAnswer(body: Buffer): unknown {
  try {
    return parseKeepingIds(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Whether it is a JSON object; lists and null are none. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON of a call that succeeded; undefined for all others, and for an error that came with 2xx. */
export function successOf(result: PlatformResult): unknown {
  if (result.kind !== 'answer' || result.status < 200 || result.status >= 300) return undefined;
  const answer = parseAnswer(result.body);
  return isObject(answer) && 'error' in answer ? undefined : answer;
}

/**
 * An id of printable characters, also where it comes as a number. The limit keeps a hostile one out
 * of index entries, which have a size limit of their own.
 */
export function idOf(max: number) {
  return z
    .union([z.string(), z.int()])
    .transform(String)
    .pipe(z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${max}}$`)));
}

/** Text as PostgreSQL and UTF-8 take it: no NUL, no half of a surrogate pair. */
export function mended(value: string): string {
  return value.replaceAll('\0', '\ufffd').toWellFormed();
}
export const text = z.string().transform(mended);

/** Words or a number, as text; null for anything else and for nothing. */
export const words = z
  .union([text, z.number().transform(String)])
  .transform((value) => value || null)
  .nullish()
  .transform((value) => value ?? null)
  .catch(null);

/** True or false, which older versions write as a text, and others as 1 or 0, or false as no text. */
export const flag = z.union([
  z.boolean(),
  z
    .union([z.string(), z.int()])
    .transform((value) => String(value).trim().toLowerCase())
    .pipe(z.enum(['true', 'false', '1', '0', '']))
    .transform((value) => value === 'true' || value === '1'),
]);

/** Milliseconds since 1970, from these or from seconds, as a number or a string. */
export const time = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .transform((value) => Math.floor(value < 100_000_000_000 ? value * 1000 : value))
  .pipe(z.int().min(1).max(253_402_300_799_999))
  .nullish()
  .catch(null);

/** A web address, or null for anything else. */
export const url = z
  .string()
  .max(8192)
  .regex(/^https?:\/\/[^\p{Cc}\s]+$/u)
  .transform((value) => value.toWellFormed())
  .nullish()
  .catch(null);

/** A whole number that may come as a string, or null for anything else. */
export const number = z
  .union([z.int(), z.string().regex(/^\d+$/).transform(Number)])
  .nullish()
  .catch(null);

/**
 * A code of an error: a number, or a name (letters alone, since nobody knows what else it quotes);
 * null only where there is none, for one that cannot be read is a code that nobody knows.
 */
export const errorCode = z
  .unknown()
  .optional()
  .transform((value): number | string | null => {
    if (value === undefined || value === null || value === '') return null;
    const shown =
      typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
    if (/^-?\d+$/.test(shown)) return Number(shown);
    return /^[A-Za-z][A-Za-z_.-]{0,63}$/.test(shown) ? shown : UNREADABLE;
  });
/** What {@link errorCode} makes of a code that is neither. */
export const UNREADABLE = 'unreadable';
