import { z } from 'zod';
import {
  ChatId,
  flag,
  lenient,
  maybeChatId,
  maybeText,
  Seconds,
  size,
  text,
  whole,
} from './fields.ts';
import { Chat, User } from './schema.ts';

/** Shapes of what a message may carry beside its text and its files, read leniently. */

/** An id or a number of the platform's, as text. */
const word = lenient(z.union([z.int().transform(String), maybeText]));

/** Those of a list that can be read. */
function some<Schema extends z.ZodType>(schema: Schema) {
  return lenient(
    z
      .array(schema.nullable().catch(null))
      .transform((all) => all.filter((one) => one !== null) as NonNullable<z.output<Schema>>[]),
  );
}

const Entity = z.object({
  type: z.string(),
  offset: size,
  length: size,
  url: maybeText,
  user: lenient(User),
});
export type EntityIn = z.output<typeof Entity>;

const Payment = z.object({
  currency: maybeText,
  total_amount: whole,
  invoice_payload: maybeText,
  telegram_payment_charge_id: maybeText,
  provider_payment_charge_id: maybeText,
});
export type PaymentIn = z.output<typeof Payment>;

const Poll = z.object({
  id: word,
  question: text,
  options: some(z.object({ text: maybeText, voter_count: size })),
  is_closed: flag,
  allows_multiple_answers: flag,
});

const SharedUser = z.object({
  user_id: ChatId,
  first_name: maybeText,
  last_name: maybeText,
  username: maybeText,
});
export type SharedUserIn = z.output<typeof SharedUser>;

const Story = z.object({ id: word, chat: lenient(Chat) });
export type StoryIn = z.output<typeof Story>;

/** `MessageOrigin`. */
const Origin = z.object({
  date: Seconds,
  sender_user: lenient(User),
  sender_user_name: maybeText,
  sender_chat: lenient(Chat),
  chat: lenient(Chat),
});

/** Members of `Message`, with those that carried the same before Bot API 7.0. */
export const Bodies = z.object({
  entities: some(Entity),
  caption_entities: some(Entity),
  successful_payment: lenient(Payment),
  refunded_payment: lenient(Payment),
  invoice: lenient(Payment),
  poll: lenient(Poll),
  web_app_data: lenient(z.object({ data: text, button_text: maybeText })),
  users_shared: lenient(
    z.object({ request_id: word, users: some(SharedUser), user_ids: some(ChatId) }),
  ),
  user_shared: lenient(z.object({ request_id: word, user_id: ChatId })),
  chat_shared: lenient(
    z.object({ request_id: word, chat_id: maybeChatId, title: maybeText, username: maybeText }),
  ),
  story: lenient(Story),
  reply_to_story: lenient(Story),
  forward_origin: lenient(Origin),
  forward_from: lenient(User),
  forward_from_chat: lenient(Chat),
  forward_sender_name: maybeText,
  forward_date: Seconds,
});
export type Bodies = z.output<typeof Bodies>;
