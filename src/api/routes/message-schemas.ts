import { z } from 'zod';
import {
  AccountId,
  ConversationId,
  MessageId,
  OwnMessageId,
  Position,
  Timestamp,
} from './common-schemas.ts';

/** Unicode code points of a text that this router takes; longer than any platform's own limit. */
const TEXT_LIMIT = 10_000;

export const MessageStatusName = z
  .enum(['pending', 'sent', 'delivered', 'read', 'failed', 'unconfirmed'])
  .meta({
    description:
      '`pending`: waiting or being tried. `sent`: the platform has it. `delivered`, `read`: as the ' +
      'platform reports. `failed`: given up. `unconfirmed`: nobody knows whether it arrived.',
  });

const IDEMPOTENCY_KEY_RULE = 'must have 1 to 255 characters';

/** A text, or the words beside a file. */
export const MessageText = z
  .string()
  // Counted in code points: `length` would count an emoji twice, and so would `max`.
  .refine((text) => codePoints(text) <= TEXT_LIMIT, `must have at most ${TEXT_LIMIT} characters`)
  .refine((text) => text.trim() !== '', 'must not be empty or only white space')
  .meta({
    description:
      'The text. What is longer than the platform takes at once is sent in parts, cut between ' +
      'characters. Neither NUL nor lone surrogates.',
    minLength: 1,
    maxLength: TEXT_LIMIT,
    pattern: '\\S',
  });

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** An id on the platform; which ones there are, the channel knows. */
export const RecipientId = z
  .string()
  .regex(/^\S{1,255}$/, 'must have 1 to 255 characters, none of them white space');

export const IdempotencyKey = z
  .string()
  .min(1, IDEMPOTENCY_KEY_RULE)
  .max(255, IDEMPOTENCY_KEY_RULE)
  .meta({ description: 'Your name for this request; see *Sending once*.' });

export const SendMessageRequest = z
  .strictObject({
    account_id: AccountId,
    recipient_id: RecipientId.meta({
      description: "The customer's id on the platform: `sender_id` of what they wrote.",
    }),
    message: MessageText,
    idempotency_key: IdempotencyKey.optional(),
    message_id: OwnMessageId.optional(),
  })
  .meta({ id: 'SendMessageRequest', description: 'A text to a customer.' });

export const IdempotencyHeaders = z.object({
  'idempotency-key': z
    .string('must be sent once')
    // White space at the ends is cut off on the way, as with every header.
    .regex(
      /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/,
      'must have 1 to 255 printable ASCII characters',
    )
    .optional()
    .meta({ description: 'The same as `idempotency_key` in the body.' }),
});

export const SendMessageResponse = z
  .object({
    message_id: MessageId,
    status: z.literal('pending').meta({
      description: 'What every message begins as. A repeated request gets this first answer too.',
    }),
    conversation_id: ConversationId,
    position: Position,
    created_at: Timestamp,
  })
  .meta({ id: 'SendMessageResponse', description: 'The message is stored and will be sent.' });

/** One change of status, told alike in the status, the history and the events. */
export const StatusTransition = z
  .object({
    status: z.enum([...MessageStatusName.options, 'requeued']).meta({
      description: '`requeued`: from then on it is `pending` again, by a resend or a replay.',
    }),
    at: Timestamp,
    source: z
      .enum(['router', 'platform', 'operator', 'api'])
      .meta({ description: 'Who caused it.' }),
    attempt: z.int().nullable(),
    error_class: z.string().nullable(),
    error_code: z.string().nullable(),
  })
  .meta({ id: 'StatusTransition', description: 'A change of the status of a message.' });

const error = {
  class: z.string().meta({
    description:
      'What the router makes of it: `transient`, `throttled`, `unavailable`, `unknown`, ' +
      '`unauthorized`, `refused`.',
  }),
  code: z.string().meta({ description: "The platform's own code." }),
  message: z.string().meta({ description: "The platform's own words." }),
};

/** Why a message failed, told alike in the status, the history and the events. */
export const MessageError = z
  .object(error)
  .meta({ id: 'MessageError', description: 'Why a message is `failed` or `unconfirmed`.' });

const AttemptError = z
  .object({
    attempt: z.int(),
    part: z.int().meta({ description: 'Which part of a long text, from 1.' }),
    at: Timestamp,
    ...error,
  })
  .meta({ id: 'AttemptError', description: 'What came of a call to the platform that failed.' });

const MessagePart = z
  .object({
    part: z.int(),
    status: z.enum(['pending', 'sent']),
    platform_message_id: z.string().nullable(),
  })
  .meta({ id: 'MessagePart', description: 'One call to the platform: a part of a long text.' });

export const WaitReason = z
  .string()
  .nullable()
  .meta({
    description:
      'What it waits for, null while it waits for nothing: `retry`, `throttled`, `unavailable`, ' +
      '`awaiting_evidence`, `held` (a person decides), `account_paused`, `account_disabled`, ' +
      '`account_refusal`, or `behind_another` message of its conversation, whose ' +
      '`next_attempt_at` it shows then.',
  });

export const MessageStatusResponse = z
  .object({
    message_id: MessageId,
    account_id: AccountId,
    conversation_id: ConversationId,
    channel: z.string(),
    status: MessageStatusName,
    retry_count: z
      .int()
      .min(0)
      .meta({
        description:
          'Tries that counted, beyond the first of each part: 2 after three that failed. Those that ' +
          'were throttled, or did not reach the platform, do not count.',
      }),
    possible_duplicate: z.boolean().meta({
      description: 'Sent again after an attempt whose outcome never became known.',
    }),
    platform_message_id: z.string().nullable().meta({
      description: "The platform's id of the message, of its first part where there are several.",
    }),
    instagram_message_id: z.string().nullable().meta({
      description: 'The same id on Instagram; null on other channels.',
    }),
    position: Position,
    created_at: Timestamp,
    next_attempt_at: Timestamp.nullable(),
    wait_reason: WaitReason,
    error: MessageError.nullable(),
    transitions: z
      .array(StatusTransition)
      .meta({ description: 'Every change of status, oldest first.' }),
    errors: z.array(AttemptError).meta({ description: 'Attempts that failed, oldest first.' }),
    parts: z.array(MessagePart),
  })
  .meta({ id: 'MessageStatusResponse', description: 'What has become of a message.' });
