import { z } from 'zod';
import { ERROR_TITLES, type ErrorCode } from '../error-codes.ts';

/** A time of ours: UTC with milliseconds. */
export const Timestamp = z.iso.datetime({ precision: 3 }).meta({
  description: 'UTC, ISO 8601 with milliseconds.',
  examples: ['2026-11-21T09:30:00.000Z'],
});

const GivenTime = z.iso.datetime({
  offset: true,
  abort: true,
  error: 'must be a time as in ISO 8601, with Z or an offset',
});

/** A time that a caller gives: with Z or an offset, to the minute or finer. */
export const TimeWithOffset = GivenTime.transform((text) => new Date(text));

/**
 * The end of a span that a caller gives. A `Date` has milliseconds: cut to them, a finer time would
 * leave out what lies before it, so it counts as the next one.
 */
export const TimeBefore = GivenTime.transform(
  (text) => new Date(Date.parse(text) + (/\.\d{3}\d*[1-9]/.test(text) ? 1 : 0)),
);

/** An id that this router gave out, or something that looks like one. */
export const OpaqueId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" or "-"');

export const AccountId = OpaqueId.meta({
  description: 'Id of an account, as `POST /api/v1/accounts` answered it.',
  examples: ['acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b'],
});

export const ConversationId = OpaqueId.meta({
  description: 'Id of a conversation: one customer of one account.',
  examples: ['conv_0d9b7c6a5e4f4a3b9c8d7e6f5a4b3c2d'],
});

export const MessageId = z
  .guid('must be a UUID')
  .toLowerCase()
  .meta({
    description: 'Id of a message: a UUID, in lower case.',
    examples: ['3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b'],
  });

/** A caller's own id for a new message. The nil UUID is what a variable holds that nobody has set. */
export const OwnMessageId = MessageId.refine(
  (id) => /[1-9a-f]/.test(id),
  'must not be the nil UUID; leave it out to have an id made',
).meta({
  description:
    'Your own id for the message: a UUID of any version, but not the nil UUID. Left out, one is made.',
  pattern: '[1-9a-fA-F]',
});

/** Where a message stands among those of its conversation. */
export const Position = z
  .int()
  .min(1)
  .meta({
    description:
      'The place of the message in its conversation: sort by it. No two messages of a conversation ' +
      'share one, and `created_at` never goes back in this order. The same in the answer to a ' +
      'request to send, in the history and in events.',
    examples: [12],
  });

/** Query of every list. */
export const PageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .default(50)
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 50,
      description: 'How many items a page has at most.',
    }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_=.~-]{1,512}$/, 'is not a cursor of this list')
    .optional()
    .meta({
      description: '`next_cursor` of the page before. Its content is no part of the contract.',
    }),
});

/** The page of a list: items, and where to go on. `id` names it in generated clients. */
export function pageOf<T extends z.ZodType>(item: T, id: string) {
  return z
    .object({
      data: z.array(item),
      next_cursor: z.string().nullable().meta({
        description: 'Send it as `cursor` for the next page; null on the last one.',
      }),
    })
    .meta({ id, description: 'A page of a list.' });
}

const codes = Object.keys(ERROR_TITLES) as [ErrorCode, ...ErrorCode[]];

const FieldErrorView = z
  .object({
    in: z.enum(['body', 'path', 'query', 'header']),
    pointer: z.string().meta({
      description: 'JSON pointer (RFC 6901) within that part; empty for the whole of it.',
    }),
    detail: z.string(),
  })
  .meta({ id: 'FieldError', description: 'One place of a request that is wrong.' });

export const ErrorResponse = z
  .object({
    type: z.string().meta({ description: 'A URN that names the kind of problem.' }),
    title: z.string().meta({ description: 'What the code means; always the same for one code.' }),
    status: z.int().meta({ description: 'The HTTP status again.' }),
    code: z.enum(codes).meta({ description: 'For programs: switch on this.' }),
    detail: z.string().meta({ description: 'For people: what was wrong here and what to do.' }),
    errors: z
      .array(FieldErrorView)
      .meta({ description: 'Every place that is wrong; empty where no place is to blame.' }),
    retryable: z.boolean().meta({
      description: 'Whether the same request, unchanged, may succeed later.',
    }),
    correlation_id: z.string().meta({
      description: '`X-Request-Id` of this answer. Quote it when asking for help.',
    }),
    message_id: z.string().optional().meta({
      description: 'The existing message, with code `idempotency_conflict`.',
    }),
    state: z
      .string()
      .optional()
      .meta({
        description:
          'The present status or state, with codes `message_state_conflict`, ' +
          '`dead_letter_not_open` and `bulk_replay_over`.',
      }),
  })
  .meta({
    id: 'ErrorResponse',
    description: 'A problem document (RFC 9457), sent as `application/problem+json`.',
  });

/** A time of the database as the API writes it. */
export function isoOrNull(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
