import { z } from 'zod';

/** What the shapes of updates and answers are made of. */

/** The JSON of a body, or undefined where it is none. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const digits = z.union([z.string(), z.int()]).transform(String);
/** A chat or a person. */
export const ChatId = digits.pipe(z.string().regex(/^-?[1-9]\d{0,18}$/));
/** A message, a topic, an update: never 0, which Telegram gives to messages that have no number. */
export const Count = digits.pipe(z.string().regex(/^[1-9]\d{0,18}$/));

/** Text that PostgreSQL and UTF-8 take: no NUL, no half of a surrogate pair. */
export function mended(value: string): string {
  return value.replaceAll('\0', '\ufffd').toWellFormed();
}
export const text = z.string().transform(mended);

/** Null for what is not there or not of this form: one odd member must not lose the others. */
export function lenient<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().catch(null);
}

export const maybeText = lenient(text);
export const maybeChatId = lenient(ChatId);
export const maybeCount = lenient(Count);
/** A handle that is kept; one that is longer is no handle of Telegram's. */
export const handle = lenient(z.string().regex(/^[\x21-\x7e]{1,512}$/));
export const size = lenient(z.int().min(0));
/** A number that may be below zero. */
export const whole = lenient(z.int());
/** True or false, which some programs that pass updates on write as a text or a number. */
export const flag = lenient(
  z.union([
    z.boolean(),
    z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] }),
    z.literal([0, 1]).transform(Boolean),
  ]),
);

/** Seconds since 1970 as milliseconds; 0 stands for a message that is not accessible. */
export const Seconds = lenient(
  z
    .int()
    .min(1)
    .max(253_402_300_799)
    .transform((value) => value * 1000),
);
