import { z } from 'zod';
import type { NewAccount } from '../channel.ts';
import { errorCode, idOf, number, text, time } from '../meta-json.ts';

/** What WhatsApp sends and what we are given for an account, read leniently where it may vary. */

/** The address of a Graph call: `path` without a leading slash, ids in it already encoded. */
export function graphUrl(apiUrl: string, path: string, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `${apiUrl}/${path}${search === '' ? '' : `?${search}`}`;
}

const graphId = (what: string) =>
  z.string().regex(/^\d{1,32}$/, `expected the numeric id of the ${what}`);

/** WhatsApp's members of a create-account request. */
export const WhatsAppAccount: z.ZodType<NewAccount> = z
  .object({
    phone_number_id: graphId('phone number, not the number itself'),
    waba_id: graphId('WhatsApp Business account'),
    access_token: z
      .string()
      .regex(/^[\x21-\x7e]{1,2048}$/, 'expected an access token without spaces or line breaks'),
  })
  .transform((account) => ({
    externalId: account.phone_number_id,
    details: { waba_id: account.waba_id },
    credentials: { access_token: account.access_token },
  }));

/** A platform id of a person, number or group. */
export const PersonId = idOf(140).nullish().catch(null);
/** A platform id of a message (`wamid…`). */
const MessageId = idOf(512);
/** Which of the ids above is missing must not lose the message. */
export const MaybeMessageId = MessageId.nullish().catch(null);
export const maybeText = text.nullish().catch(null);

/** Of the lists of a webhook each item is read on its own. */
const items = z.array(z.unknown()).nullish().catch(null);

/** Lists whose odd items can be passed over. */
export function known<T extends z.ZodType>(schema: T) {
  return z
    .array(schema.nullable().catch(null as never))
    .transform((list) => list.filter((item) => item !== null))
    .nullish()
    .catch(null);
}

/** The lists of an entry (one WhatsApp Business account). */
export const Entry = z.object({ changes: items });

/** One `changes` item. `field` says which lists its value may have. */
export const Change = z.object({ field: maybeText, value: z.unknown() });

/** A person that the items of a value speak of. */
export const Contact = z.object({
  wa_id: PersonId,
  user_id: PersonId,
  profile: z.object({ name: maybeText, username: maybeText }).nullish().catch(null),
});
export type Contact = z.output<typeof Contact>;

/** The value of the fields that are about messages. */
export const Value = z.object({
  metadata: z.object({ phone_number_id: PersonId }).nullish().catch(null),
  contacts: known(Contact),
  messages: items,
  statuses: items,
  message_echoes: items,
  errors: items,
});
export type Value = z.output<typeof Value>;

/** What every message has, received or typed in the Business app; its `type` names the rest. */
export const Message = z.object({
  id: MessageId,
  from: PersonId,
  from_user_id: PersonId,
  to: PersonId,
  to_user_id: PersonId,
  // Not lenient: a group's message must not end in somebody's own conversation.
  group_id: idOf(256).nullish(),
  timestamp: time,
  type: maybeText,
  context: z.object({ id: MaybeMessageId }).nullish().catch(null),
});
export type Message = z.output<typeof Message>;

/** Bodies of messages that act upon an earlier one. */
export const Reaction = z.object({ message_id: MessageId, emoji: text.nullish() });
export const Revoke = z.object({ original_message_id: MessageId });
export const Edit = z.object({ original_message_id: MessageId, message: z.unknown().optional() });

/**
 * A change of a customer's ids. Older versions have `new_wa_id` for `wa_id`, and in `customer` the
 * number before the change.
 */
export const System = z.object({
  type: maybeText,
  wa_id: PersonId,
  new_wa_id: PersonId,
  customer: PersonId,
  user_id: PersonId,
  previous_user_id: PersonId,
});
export type System = z.output<typeof System>;

const ErrorIn = z.object({
  code: errorCode,
  title: maybeText,
  message: maybeText,
  error_data: z.object({ details: maybeText }).nullish().catch(null),
});
export type ErrorIn = z.output<typeof ErrorIn>;

/** One status of one message that we sent; in groups one for each participant. */
export const Status = z.object({
  id: MessageId,
  status: text,
  type: maybeText,
  timestamp: time,
  recipient_id: idOf(256).nullish().catch(null),
  recipient_user_id: PersonId,
  recipient_type: maybeText,
  recipient_participant_id: PersonId,
  recipient_participant_user_id: PersonId,
  biz_opaque_callback_data: text.pipe(z.string().max(512)).nullish().catch(null),
  errors: known(ErrorIn),
});
export type Status = z.output<typeof Status>;

/** The answer to a send. A send to a user id is answered with `user_id` in place of `wa_id`. */
export const SendAnswer = z.object({
  messages: z.tuple([z.object({ id: MessageId })], z.unknown()),
  contacts: z
    .array(z.object({ wa_id: PersonId, user_id: PersonId }))
    .nullish()
    .catch(null),
});

/** `GET /{PHONE_NUMBER_ID}`. */
export const PhoneAnswer = z.object({
  id: idOf(32),
  verified_name: maybeText,
  display_phone_number: maybeText,
  quality_rating: maybeText,
  platform_type: maybeText,
  code_verification_status: maybeText,
  throughput: z.object({ level: maybeText }).nullish().catch(null),
});

/** `GET /{MEDIA_ID}`: where the file is, for five minutes. */
export const MediaAnswer = z.object({
  url: z.url({ protocol: /^https?$/ }).max(8192),
  mime_type: maybeText,
  file_size: number,
});

/** One page of `GET /{WABA_ID}/message_templates`. */
export const TemplatesAnswer = z.object({
  data: z.array(z.unknown()),
  paging: z
    .object({
      cursors: z.object({ after: maybeText }).nullish().catch(null),
      next: maybeText,
    })
    .nullish()
    .catch(null),
});
export const TemplateIn = z.object({
  name: text,
  language: text,
  status: text,
  category: maybeText,
  components: items,
});
