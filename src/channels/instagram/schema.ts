import { z } from 'zod';
import type { NewAccount } from '../channel.ts';
import { number, text, time } from '../meta-json.ts';
import { Message, MessageId, Postback, ReferralIn, UserId } from './message-schema.ts';

/** What Instagram sends and what we are given for an account, read leniently where it may vary. */

/** `graph` paths that Meta serves without a version in front. */
const UNVERSIONED = new Set(['access_token', 'refresh_access_token']);

/** The address of a Graph call: `path` without a leading slash, ids in it already encoded. */
export function graphUrl(apiUrl: string, path: string, query: Record<string, string> = {}): string {
  const base = UNVERSIONED.has(path) ? apiUrl.replace(/\/v\d+\.\d+$/, '') : apiUrl;
  const search = new URLSearchParams(query).toString();
  return `${base}/${path}${search === '' ? '' : `?${search}`}`;
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
    details: {},
    credentials: { access_token: account.access_token },
  }));

/** An item that tells of an edit; it may come without the two sides. */
export const EditItem = z.object({
  sender: z.object({ id: UserId }).nullish().catch(null),
  recipient: z.object({ id: UserId }).nullish().catch(null),
  timestamp: time,
  message_edit: z.object({ mid: MessageId, text: text.nullish(), num_edit: number }),
});
export type EditItem = z.output<typeof EditItem>;

/** One `messaging` item; exactly one of the optional members says what happened. */
export const Item = z.object({
  sender: z.object({ id: UserId }),
  recipient: z.object({ id: UserId }),
  timestamp: time,
  message: Message.nullish(),
  reaction: z
    .object({
      mid: MessageId,
      action: z.enum(['react', 'unreact']),
      reaction: text.nullish().catch(null),
      emoji: text.nullish().catch(null),
    })
    .nullish(),
  postback: Postback.nullish(),
  // An odd one beside a message must not lose it.
  referral: ReferralIn.nullish().catch(null),
  read: z.object({ mid: MessageId.nullish() }).nullish(),
  delivery: z.object({ mids: z.array(MessageId).nullish() }).nullish(),
});
export type Item = z.output<typeof Item>;

/** The members of an item by which we know that we should be able to read it. */
export const ITEM_KINDS = [
  'message',
  'reaction',
  'postback',
  'read',
  'delivery',
  'referral',
] as const satisfies (keyof Item)[];

/** The account and time of an entry; its lists are read one by one. */
export const Entry = z.object({
  id: UserId.nullish().catch(null),
  time,
  messaging: z.array(z.unknown()).nullish().catch(null),
  changes: z.array(z.unknown()).nullish().catch(null),
  standby: z.array(z.unknown()).nullish().catch(null),
});

/** `changes` carries comments and the like, and in dashboard tests the messaging items. */
export const Change = z.object({ field: z.string(), value: z.unknown() });
/** Fields of `changes` whose `value` is a messaging item. */
export const MESSAGING_FIELD = /^(messages|message_|messaging_|standby$)/;

/** The answer to a send. */
export const SendAnswer = z.object({ message_id: MessageId });

/** The answer to a reaction, which has no id. */
export const ReactionAnswer = z.object({ recipient_id: UserId });

/** `GET /refresh_access_token`; `expires_in` is seconds. */
export const RefreshAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.int().positive(),
});

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
