import { z } from 'zod';
import { MEDIA_KINDS } from './media.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';

/** People have positive ids, groups negative ones; supergroups begin with -100. */
const id = z.string().regex(/^-?[1-9]\d{0,14}$/, 'expected a number as text, negative for a group');
const personId = z.string().regex(/^[1-9]\d{0,14}$/, 'expected a positive number as text');
const text = z.string().max(20_000);
const account = z.string().min(1);
const messageId = z.coerce.number().int().min(1);
const token = z
  .string()
  .regex(/^\d{3,15}:[\w-]+$/, 'expected <bot id>:<letters, digits, "_" or "-">');

/** `name` is first and last name in one. */
const names = {
  name: z.string().min(1).optional(),
  first_name: z.string().min(1).optional(),
  last_name: z.string().nullable().optional(),
  username: z.string().min(1).nullable().optional(),
  language_code: z.string().nullable().optional(),
};

/** Who acts in a group: an id, or an id with names. */
const from = z.union([personId, z.strictObject({ id: personId, ...names })]);

export function isChatId(value: string): boolean {
  return id.safeParse(value).success;
}

export const NewAccount = z.strictObject({
  bot_token: token,
  username: z.string().min(1).default('business_bot'),
  first_name: z.string().min(1).optional(),
});

/** `privacy` false: the bot sees every message of its groups. `topics`: those of private chats. */
export const AccountChange = z.strictObject({
  username: z.string().min(1).optional(),
  first_name: z.string().min(1).optional(),
  bot_token: token.optional(),
  token: z.enum(['valid', 'revoked']).optional(),
  privacy: z.boolean().optional(),
  topics: z.boolean().optional(),
});

const botStatus = z.enum(['member', 'administrator', 'left', 'kicked']);

const chat = {
  title: z.string().min(1).optional(),
  bot_status: botStatus.optional(),
  /** Topics are on, in a supergroup or with a person. */
  forum: z.boolean().optional(),
  started: z.boolean().optional(),
  photo: z.boolean().optional(),
  deactivated: z.boolean().optional(),
};

export const NewCustomer = z.strictObject({
  account,
  customer_id: id.optional(),
  type: z.enum(['private', 'group', 'supergroup']).optional(),
  /** The supergroup is the direct messages of a channel. */
  direct_messages: z.boolean().optional(),
  ...names,
  ...chat,
});

/** `blocked` and `deleted` change nothing but the state; `/block` tells the bot too. */
export const CustomerChange = z.strictObject({
  account,
  ...names,
  ...chat,
  blocked: z.boolean().optional(),
  deleted: z.boolean().optional(),
});

/** `size` is what the file claims to have; `base64` are its bytes. */
const attachment = z
  .strictObject({
    type: z.enum(MEDIA_KINDS),
    name: z.string().min(1).optional(),
    mime_type: z.string().min(1).optional(),
    size: z.int().min(0).optional(),
    base64: z.base64().optional(),
  })
  .transform(({ type, name, mime_type, size, base64 }) => ({
    kind: type,
    name,
    mimeType: mime_type,
    size,
    bytes: base64 === undefined ? null : Buffer.from(base64, 'base64'),
  }));

export const Message = z
  .strictObject({
    account,
    ...names,
    from: from.optional(),
    /** An admin of a group writes in its name. */
    anonymous: z.boolean().default(false),
    text: text.optional(),
    attachments: z.array(attachment).min(1).max(10).optional(),
    contact: z
      .strictObject({
        phone_number: z.string().min(1),
        first_name: z.string().min(1),
        last_name: z.string().min(1).optional(),
        user_id: personId.optional(),
        vcard: z.string().max(2048).optional(),
      })
      .optional(),
    location: z.strictObject({ latitude: z.number(), longitude: z.number() }).optional(),
    unsupported: z.boolean().optional(),
    /** A message of this kind, as the Bot API documents it; `members` changes it. */
    sample: z.enum(Object.keys(MESSAGE_SAMPLES)).optional(),
    members: z.record(z.string(), z.unknown()).optional(),
    reply_to: messageId.optional(),
    thread_id: z.int().optional(),
    /** In direct messages: the channel itself writes to this person. */
    direct_to: personId.optional(),
    timestamp: z.int().min(0).optional(),
  })
  .refine(
    ({ text: written, attachments, contact, location, unsupported, sample, members }) =>
      [written, attachments, contact, location, unsupported, sample, members].some((part) => part),
    'expected text, attachments, contact, location, sample, members or unsupported: true',
  );

/** `text` becomes the text or the caption, `attachment` replaces the file. */
export const Edit = z
  .strictObject({
    account,
    message_id: messageId,
    text: text.optional(),
    attachment: attachment.optional(),
    members: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(
    ({ text: written, attachment: file, members }) => written !== undefined || file || members,
    'expected text, attachment or members',
  );
/** `emoji` null takes the reaction back. */
export const Reaction = z.strictObject({
  account,
  message_id: messageId,
  from: from.optional(),
  emoji: z.union([z.string(), z.array(z.string())]).nullable(),
});
/** Without `message_id`: the bot's newest message. */
export const Callback = z.strictObject({
  account,
  message_id: messageId.optional(),
  from: from.optional(),
  data: z.string().max(64).nullable().default(null),
});
/** Whoever adds, removes or promotes the bot. */
export const ByPerson = z.strictObject({ account, from: from.optional() });
export const Promote = z.strictObject({
  account,
  from: from.optional(),
  status: z.enum(['administrator', 'member']).default('administrator'),
});
export const Migrate = z.strictObject({
  account,
  from: from.optional(),
  to: z
    .string()
    .regex(/^-100\d{1,12}$/, 'expected a number as text that begins with -100')
    .optional(),
});
/** Updates without `update_id`: one member each, its name and its object. */
export const Raw = z.strictObject({
  account,
  updates: z.array(z.record(z.string(), z.unknown())).min(1),
});
/** Any body for the account's webhook, posted once with the secret token. */
export const RawBody = z.strictObject({ account, body: z.unknown() });

/** With `count` the mode ends after so many updates. */
export const Mode = z.strictObject({
  mode: z.enum(['normal', 'duplicate', 'hold', 'release', 'reverse', 'bad-secret']),
  count: z.int().min(1).optional(),
});
