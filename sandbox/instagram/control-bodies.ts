import { z } from 'zod';
import { attemptSettings } from '../meta/control-webhooks.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';

/** Ids of customers are part of paths and keys. */
const id = z.string().regex(/^[\w-]{1,64}$/, 'expected 1 to 64 letters, digits, "_" or "-"');
const text = z.string().max(20_000);
const account = z.string().min(1);
const names = { username: z.string().min(1).optional(), name: z.string().nullable().optional() };

export function isId(value: string): boolean {
  return id.safeParse(value).success;
}

export const NewAccount = z.strictObject({
  instagram_account_id: id,
  username: z.string().min(1).default('business'),
  access_token: z.string().min(1),
});

/** `token` and its age hold for every token of the account. */
export const AccountChange = z.strictObject({
  username: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
  token: z.enum(['valid', 'expired', 'revoked']).optional(),
  token_age_hours: z.number().min(0).optional(),
  me_wrapped: z.boolean().optional(),
});

export const NewCustomer = z.strictObject({ account, customer_id: id.optional(), ...names });

export const CustomerChange = z.strictObject({
  account,
  ...names,
  window: z.enum(['open', 'closed']).optional(),
  blocked: z.boolean().optional(),
});

const attachment = z.strictObject({
  type: z.string().min(1),
  url: z.url({ protocol: /^https?$/ }).exactOptional(),
  title: z.string().exactOptional(),
});

export const Message = z
  .strictObject({
    account,
    ...names,
    text: text.optional(),
    attachments: z.array(attachment).min(1).max(10).optional(),
    /** Mid of the message this one answers. */
    reply_to: z.string().optional(),
    /** The story this one answers. */
    story: z.strictObject({ id: z.string(), url: z.string() }).optional(),
    /** Payload of the tapped quick reply. */
    quick_reply: z.string().optional(),
    unsupported: z.boolean().optional(),
    referral: z.record(z.string(), z.unknown()).optional(),
    timestamp: z.int().min(0).optional(),
    /** The platform tells only that there is a message: an edit number 0, with or without sender. */
    told_as: z.enum(['message', 'edit', 'edit_without_sender']).optional(),
    /** One of `GET /control/instagram/samples`. */
    sample: z.enum(Object.keys(MESSAGE_SAMPLES)).optional(),
    /** Members of the webhook's message, in place of those that it would have. */
    members: z.record(z.string(), z.unknown()).optional(),
    /** Another app holds the thread. */
    standby: z.boolean().optional(),
  })
  .refine(
    ({ text: written, attachments, unsupported, sample, members }) =>
      written !== undefined || [attachments, unsupported, sample, members].some((part) => part),
    'expected text, attachments, sample, members or unsupported: true',
  );

export const AppMessage = z
  .strictObject({
    account,
    text: text.min(1).optional(),
    attachments: z.array(attachment).min(1).max(10).optional(),
  })
  .refine((given) => given.text !== undefined || given.attachments, 'expected text or attachments');
/** Who does it: the owner does it in the app. */
const by = z.enum(['customer', 'owner']).default('customer');
/** `emoji` null takes the reaction back. */
export const Reaction = z.strictObject({
  account,
  mid: z.string(),
  emoji: z.string().nullable(),
  by,
});
/** Without `mid`: the account's newest message. */
export const Seen = z.strictObject({ account, mid: z.string().optional() });
export const Mid = z.strictObject({ account, mid: z.string(), by });
export const Edit = z.strictObject({ account, mid: z.string(), text, by });
export const Postback = z.strictObject({ account, title: text.min(1), payload: z.string() });
export const Raw = z.strictObject({
  account,
  items: z.array(z.record(z.string(), z.unknown())).min(1),
});

export const Settings = z
  .strictObject({
    ...attemptSettings,
    echo: z.boolean(),
    flags_as_text: z.boolean(),
    times: z.enum(['milliseconds', 'seconds']),
  })
  .partial();
