import { z } from 'zod';
import type { NewAccount } from '../channel.ts';
import { idOf, number, text, time, url } from '../meta-json.ts';

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

/** A platform id of a person or account. */
const UserId = idOf(128);
/** A platform id of a message (`mid`, `message_id`). */
const MessageId = idOf(512);

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
  quick_reply: z
    .object({ payload: text.nullish().catch(null) })
    .nullish()
    .catch(null),
  is_echo: z.boolean().nullish(),
  is_deleted: z.boolean().nullish(),
  is_unsupported: z.boolean().nullish(),
});
export type MessageIn = z.output<typeof Message>;

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
