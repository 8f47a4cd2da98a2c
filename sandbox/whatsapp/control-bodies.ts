import { z } from 'zod';
import { attemptSettings } from '../meta/control-webhooks.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';

/** The digits of a number, or a BSUID: part of paths and keys. */
const id = z.string().regex(/^[\w.-]{1,140}$/, 'expected digits or a user id such as US.1234');
const digits = z.string().regex(/^\d{5,20}$/, 'expected the digits of a number, without a plus');
const text = z.string().max(20_000);
const account = z.string().min(1);
const record = z.record(z.string(), z.unknown());
const names = {
  name: z.string().nullable().optional(),
  username: z.string().min(1).nullable().optional(),
  user_id: id.optional(),
};

export function isId(value: string): boolean {
  return id.safeParse(value).success;
}

export const NewAccount = z.strictObject({
  phone_number_id: id,
  waba_id: id,
  display_phone_number: digits.optional(),
  verified_name: z.string().min(1).default('Business'),
  access_token: z.string().min(1),
});

/** `token` and its age hold for every token of the number. */
export const AccountChange = z.strictObject({
  verified_name: z.string().min(1).optional(),
  quality_rating: z.enum(['GREEN', 'YELLOW', 'RED']).optional(),
  access_token: z.string().min(1).optional(),
  token: z.enum(['valid', 'expired', 'revoked']).optional(),
  token_age_hours: z.number().min(0).optional(),
});

const component = z.looseObject({
  type: z.enum(['HEADER', 'BODY', 'FOOTER', 'BUTTONS']),
  format: z.string().optional(),
  text: z.string().optional(),
  buttons: z
    .array(z.looseObject({ type: z.string(), text: z.string(), url: z.string().optional() }))
    .optional(),
});

/** `body` is short for components with nothing else. A known name and language is replaced. */
export const NewTemplate = z.strictObject({
  account,
  name: z.string().regex(/^[a-z0-9_]+$/, 'expected lower-case letters, digits and "_"'),
  language: z.string().min(2).default('en_US'),
  status: z.enum(['APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED']).default('APPROVED'),
  category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']).default('UTILITY'),
  body: z.string().optional(),
  components: z.array(component).optional(),
});

export const NewCustomer = z.strictObject({ account, customer_id: id.optional(), ...names });

export const CustomerChange = z.strictObject({
  account,
  ...names,
  window: z.enum(['open', 'closed']).optional(),
  /** Took a username: webhooks name the BSUID only. */
  number_hidden: z.boolean().optional(),
  blocked: z.boolean().optional(),
  on_whatsapp: z.boolean().optional(),
  read_receipts: z.boolean().optional(),
  chat_open: z.boolean().optional(),
});

export const NewGroup = z.strictObject({
  account,
  group_id: id.optional(),
  subject: z.string().min(1).default('A group'),
  participants: z.array(id).min(1).max(8, 'a group has up to 8 participants'),
});

const media = z.strictObject({
  type: z.enum(['image', 'video', 'audio', 'document', 'sticker']),
  mime_type: z.string().optional(),
  caption: text.optional(),
  filename: z.string().optional(),
  voice: z.boolean().optional(),
  animated: z.boolean().optional(),
  /** The file; without it a sample is made. */
  base64: z.base64().optional(),
});

const kinds = {
  text: text.optional(),
  media: media.optional(),
  location: record.optional(),
  contacts: z.array(record).min(1).optional(),
  order: record.optional(),
  /** A tapped quick reply of a template. */
  button: z.strictObject({ payload: z.string(), text: z.string() }).optional(),
  interactive: record.optional(),
  system: record.optional(),
  /** Something the API does not pass on, and the error that says why. */
  unsupported: z
    .strictObject({
      type: z.string().optional(),
      code: z.int().optional(),
      title: z.string().optional(),
      details: z.string().optional(),
    })
    .optional(),
  /** One of `GET /control/whatsapp/samples`. */
  sample: z.enum(Object.keys(MESSAGE_SAMPLES)).optional(),
};

export const Message = z
  .strictObject({
    account,
    ...names,
    ...kinds,
    reply_to: z.string().optional(),
    forwarded: z.enum(['once', 'often']).optional(),
    referral: record.optional(),
    /** Members of the webhook's message, in place of those that it would have. */
    members: record.optional(),
    /** Another app holds the thread. */
    standby: z.boolean().optional(),
    group: z.string().optional(),
    timestamp: z.int().min(0).optional(),
  })
  .refine(
    (given) => Object.keys(kinds).filter((kind) => kind in given).length === 1,
    `expected exactly one of ${Object.keys(kinds).join(', ')}`,
  );

export type MessageBody = z.output<typeof Message>;

/** `emoji` null takes the reaction back; `absent` leaves the member out instead of empty. */
export const Reaction = z.strictObject({
  account,
  message_id: z.string(),
  emoji: z.string().nullable(),
  absent: z.boolean().default(false),
});
export const Revoke = z.strictObject({ account, message_id: z.string() });
export const Edit = z.strictObject({ account, message_id: z.string(), text });
/** Without `message_id`: the business's newest message. */
export const Read = z.strictObject({ account, message_id: z.string().optional() });
/** Position of a button below a message of the business. */
export const Press = z.strictObject({ account, message_id: z.string(), button: z.int().min(0) });
/** `named: customer` is the older form; without `contacts` nobody says who the person is. */
export const NumberChange = z
  .strictObject({
    account,
    number: digits.optional(),
    user_id: id.optional(),
    named: z.enum(['user', 'customer']).default('user'),
    contacts: z.boolean().default(true),
  })
  .refine(({ number, user_id }) => number ?? user_id, 'expected number or user_id');
/**
 * A new text or file, or with `message_id` an edit of that one; `revoke` takes it back, `emoji`
 * reacts to it (null: no more).
 */
export const AppMessage = z.strictObject({
  account,
  text: text.min(1).optional(),
  media: media.optional(),
  message_id: z.string().optional(),
  revoke: z.boolean().default(false),
  emoji: z.string().nullable().optional(),
});
export const Raw = z.strictObject({
  account,
  messages: z.array(record).default([]),
  contacts: z.array(record).optional(),
  errors: z.array(record).optional(),
});
/** Any status, whatever became of the message. `code` goes with `failed`. */
export const Status = z.strictObject({
  account,
  message_id: z.string(),
  status: z.enum(['sent', 'delivered', 'read', 'failed', 'played']),
  code: z.int().optional(),
});

export const Settings = z
  .strictObject({
    ...attemptSettings,
    batch_size: z.int().min(1).max(1000),
    batch_wait_ms: z.int().min(0).max(60_000),
    batch_as: z.enum(['messages', 'changes', 'entries']),
    ordered: z.boolean(),
    statuses: z.array(z.enum(['sent', 'delivered', 'read', 'failed'])),
    sent_after_ms: z.int().min(0),
    delivered_after_ms: z.int().min(0),
    failed_after_ms: z.int().min(0),
    status_order: z.enum(['normal', 'reversed']),
    status_before_response: z.boolean(),
    window_error: z.enum(['async', 'sync']),
    country_code: z.enum(['always', 'never']),
    media_url: z.boolean(),
    flags_as_text: z.boolean(),
    fetch_links: z.enum(['local', 'all', 'none']),
  })
  .partial();
