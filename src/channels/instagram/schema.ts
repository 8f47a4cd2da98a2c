import { z } from 'zod';
import type { NewAccount } from '../channel.ts';

/** What Instagram sends and what we are given for an account, read leniently where it may vary. */

/** `graph` paths that Meta serves without a version in front. */
const UNVERSIONED = new Set(['access_token', 'refresh_access_token']);

/** The address of a Graph call: `path` without a leading slash, ids in it already encoded. */
export function graphUrl(apiUrl: string, path: string, query: Record<string, string> = {}): string {
  const base = UNVERSIONED.has(path) ? apiUrl.replace(/\/v\d+\.\d+$/, '') : apiUrl;
  const search = new URLSearchParams(query).toString();
  return `${base}/${path}${search === '' ? '' : `?${search}`}`;
}

/**
 * Parses JSON and keeps whole numbers beyond 2^53 as their digits: account ids have 17 of them and
 * would come out as another account's id. Throws `SyntaxError`.
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

/** Instagram's members of a create-account request. */
export const InstagramAccount: z.ZodType<NewAccount> = z
  .object({
    instagram_account_id: z
      .string()
      .regex(/^\d{1,32}$/, 'expected the numeric id of the professional account (user_id of /me)'),
    access_token: z
      .string()
      .regex(/^[\x21-\x7e]{1,2048}$/, 'expected an access token without spaces or line breaks'),
  })
  .transform((account) => ({
    externalId: account.instagram_account_id,
    credentials: { access_token: account.access_token },
  }));

// The limits keep a hostile id out of index entries, which have a size limit of their own.
const id = (max: number) =>
  z
    .union([z.string(), z.int()])
    .transform(String)
    .pipe(z.string().regex(idOf(max)));
const idOf = (max: number) => new RegExp(`^[\\x21-\\x7e]{1,${max}}$`);

/** A platform id of a person or account. */
const UserId = id(128);
/** A platform id of a message (`mid`, `message_id`). */
const MessageId = id(512);

/** Text that PostgreSQL and UTF-8 take: no NUL, no half of a surrogate pair. */
const text = z.string().transform((value) => value.replaceAll('\0', '\ufffd').toWellFormed());

/** Milliseconds since 1970. Dashboard tests and `changes` give seconds, and as a string. */
const time = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .transform((value) => Math.floor(value < 100_000_000_000 ? value * 1000 : value))
  .pipe(z.int().min(1).max(253_402_300_799_999))
  .nullish()
  .catch(null);

const url = z
  .string()
  .max(8192)
  .regex(/^https?:\/\/[^\p{Cc}\s]+$/u)
  .transform((value) => value.toWellFormed())
  .nullish()
  .catch(null);

const AttachmentIn = z.object({
  type: text,
  payload: z
    .object({ url, title: text.nullish().catch(null) })
    .nullish()
    .catch(null),
});
export type AttachmentIn = z.output<typeof AttachmentIn>;

const Message = z.object({
  mid: MessageId,
  text: text.nullish(),
  // One odd attachment must not lose the message: each is read on its own.
  attachments: z
    .array(AttachmentIn.nullable().catch(null))
    .transform((list) => list.filter((item) => item !== null))
    .nullish()
    .catch(null),
  reply_to: z
    .object({
      mid: MessageId.nullish().catch(null),
      story: z.object({ url }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  // Not lenient: an echo read as a customer's message would make an answering bot talk to itself.
  is_echo: z.boolean().nullish(),
  is_deleted: z.boolean().nullish(),
  is_unsupported: z.boolean().nullish(),
});
export type MessageIn = z.output<typeof Message>;

const count = z.int().min(0).nullish().catch(null);

/** One `messaging` item; exactly one of the optional members says what happened. */
export const Item = z.object({
  sender: z.object({ id: UserId }),
  recipient: z.object({ id: UserId }),
  timestamp: time,
  message: Message.nullish(),
  message_edit: z.object({ mid: MessageId, text: text.nullish(), num_edit: count }).nullish(),
  reaction: z
    .object({
      mid: MessageId,
      action: z.enum(['react', 'unreact']),
      reaction: text.nullish().catch(null),
      emoji: text.nullish().catch(null),
    })
    .nullish(),
  postback: z
    .object({
      mid: MessageId.nullish().catch(null),
      title: text.nullish().catch(null),
      payload: text.nullish().catch(null),
    })
    .nullish(),
  read: z.object({ mid: MessageId.nullish() }).nullish(),
  delivery: z.object({ mids: z.array(MessageId).nullish() }).nullish(),
});
export type Item = z.output<typeof Item>;

/** The members of an item by which we know that we should be able to read it. */
export const ITEM_KINDS = [
  'message',
  'message_edit',
  'reaction',
  'postback',
  'read',
  'delivery',
] as const satisfies (keyof Item)[];

/** The account and time of an entry; its lists are read one by one. */
export const Entry = z.object({
  id: UserId.nullish().catch(null),
  time,
  messaging: z.array(z.unknown()).nullish().catch(null),
  changes: z.array(z.unknown()).nullish().catch(null),
});

/** `changes` carries comments and the like, and in dashboard tests the messaging items. */
export const Change = z.object({ field: z.string(), value: z.unknown() });
/** Fields of `changes` whose `value` is a messaging item. */
export const MESSAGING_FIELD = /^(messages|message_|messaging_)/;

/** The answer to a send. */
export const SendAnswer = z.object({ message_id: MessageId });

const owner = z.object({ user_id: UserId, username: text.nullish().catch(null) });
/** `GET /me`: flat as live servers answer, or wrapped in `data` as Meta's sample has it. */
export const MeAnswer = z.union([
  owner,
  z.object({ data: z.tuple([owner], z.unknown()) }).transform((answer) => answer.data[0]),
  z.object({ data: owner }).transform((answer) => answer.data),
]);

/** `GET /{IGSID}`. */
export const ProfileAnswer = z.object({
  username: text.nullish().catch(null),
  name: text.nullish().catch(null),
});

const number = z
  .union([z.int(), z.string().regex(/^\d+$/).transform(Number)])
  .nullish()
  .catch(null);

/** Meta's error body; only `message`, `type`, `code` and `fbtrace_id` are always there. */
export const ErrorAnswer = z.object({
  error: z.object({
    code: number,
    error_subcode: number,
    message: z.string().nullish().catch(null),
    is_transient: z.boolean().nullish().catch(null),
  }),
});
export type PlatformError = z.output<typeof ErrorAnswer>['error'];
