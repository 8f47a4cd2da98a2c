import { z } from 'zod';
import type { DeadLetterView } from '../../database/dead-letter-query-store.ts';
import {
  AccountId,
  ConversationId,
  OpaqueId,
  PageQuery,
  Timestamp,
  TimeBefore,
  TimeWithOffset,
} from './common-schemas.ts';

/** What a dead letter is of, as the API calls it. */
export const DeadLetterKindName = z.enum(['webhooks', 'messages', 'mirror']).meta({
  description:
    '`webhooks`: events that the CRM did not take. `messages`: messages that the platform did not ' +
    "take. `mirror`: rows that the CRM's database did not take.",
});

/** The store's name of a kind. */
export const KINDS: Record<z.output<typeof DeadLetterKindName>, DeadLetterView['kind']> = {
  webhooks: 'webhook',
  messages: 'message',
  mirror: 'mirror',
};

/** The API's name of a kind. */
export function kindName(kind: DeadLetterView['kind']): z.output<typeof DeadLetterKindName> {
  return kind === 'mirror' ? kind : `${kind}s`;
}

export const DeadLetterId = OpaqueId.meta({
  description: 'Id of a dead letter.',
  examples: ['dl_7b1d2c3e4f5a4b6c8d7e9f0a1b2c3d4e'],
});

const State = z.enum(['open', 'replaying', 'resolved', 'discarded', 'expired']).meta({
  description:
    '`open`: waits for somebody. `replaying`: is being tried once more. `resolved`: arrived after ' +
    'all. `discarded`: given up by a person. `expired`: nobody dealt with it in 30 days.',
});

const reasonName = z.string().regex(/^[a-z_]{1,64}$/, 'must be 1 to 64 small letters or "_"');

/** `class` is the name that the diagnosis has for the reason: both mean the same here. */
const reasonMembers = {
  reason: reasonName.optional().meta({
    description:
      'Why it was given up: `expired`, `rejected`, `unauthorized`, `unavailable` for webhooks; ' +
      '`transient`, `throttled`, `unavailable`, `unknown`, `refused` for messages; `refused` for ' +
      'the mirror.',
    examples: ['expired'],
  }),
  class: reasonName.optional().meta({
    description: 'The same as `reason`, under the name that the diagnosis has for it.',
  }),
};

type Reasons = { reason?: string | undefined; class?: string | undefined };

function agree(given: Reasons): boolean {
  return given.reason === undefined || given.class === undefined || given.reason === given.class;
}
const DISAGREE = { path: ['class'], message: 'differs from reason, which means the same' };

/** The one reason of a filter, under whichever name it came. */
export function reasonOf(given: Reasons): string | undefined {
  return given.reason ?? given.class;
}

const times = {
  from: TimeWithOffset.optional().meta({ description: 'Given up at or after this time.' }),
  to: TimeBefore.optional().meta({ description: 'Given up before this time.' }),
};

export const DeadLetterQuery = z
  .strictObject({
    ...PageQuery.shape,
    account_id: AccountId.optional(),
    ...reasonMembers,
    state: State.optional(),
    ...times,
  })
  .refine(agree, DISAGREE);

/** Which dead letters a bulk replay takes, of those that are open. */
export const ReplayFilter = z.strictObject({ ...reasonMembers, ...times }).refine(agree, DISAGREE);

const letter = {
  dead_letter_id: DeadLetterId,
  kind: DeadLetterKindName,
  account_id: AccountId,
  channel: z.string(),
  conversation_id: ConversationId.nullable().meta({
    description: 'Null for an event of the account itself.',
  }),
  subject_id: z.string().meta({
    description:
      'What was given up: the `message_id`, the `webhook-id` of the event, or the place of a `mirror` row in its queue.',
  }),
  reason: z.string().meta({ description: 'The class of what went wrong at last.' }),
  last_status_code: z.int().nullable().meta({
    description: 'Of the last answer of the CRM or the platform; null where none came.',
  }),
  attempts: z.int().meta({ description: 'How often it was tried.' }),
  state: State,
  first_attempt_at: Timestamp.nullable(),
  last_attempt_at: Timestamp.nullable(),
  created_at: Timestamp,
  closed_at: Timestamp.nullable(),
};

export const DeadLetterResponse = z
  .object(letter)
  .meta({ id: 'DeadLetterResponse', description: 'Something that was given up.' });

export const DeadLetterDetailResponse = z
  .object({
    ...letter,
    diagnosis: z.object({
      class: z.string().meta({ description: 'The same as `reason`.' }),
      likely_cause: z.string(),
      what_to_do: z.string(),
      same_cause: z.int().meta({
        description:
          'How many other open dead letters of the account have the same reason and status code.',
      }),
    }),
    attempt_list: z
      .array(
        z.object({
          at: Timestamp,
          status_code: z.int().nullable(),
          error_class: z.string().nullable(),
          error_code: z.string().nullable(),
          detail: z.string().nullable().meta({
            description: "The platform's own words; of a CRM's answer the first 2 KiB.",
          }),
          duration_ms: z.int().nullable(),
        }),
      )
      .meta({ description: 'Every attempt, oldest first.' }),
  })
  .meta({ id: 'DeadLetterDetailResponse', description: 'A dead letter and what is known of it.' });

export const AskedResponse = z
  .object({
    dead_letter_id: DeadLetterId,
    asked: z.enum(['retry', 'discard']),
  })
  .meta({ id: 'DeadLetterAskedResponse', description: 'What will be done with a dead letter.' });

const DEAD_LETTER_ID = 'dl_7b1d2c3e4f5a4b6c8d7e9f0a1b2c3d4e';

export const deadLetterExample: z.output<typeof DeadLetterResponse> = {
  dead_letter_id: DEAD_LETTER_ID,
  kind: 'webhooks',
  account_id: 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b',
  channel: 'instagram',
  conversation_id: 'conv_0d9b7c6a5e4f4a3b9c8d7e6f5a4b3c2d',
  subject_id: 'whd_2c4e6a8b0d1f4a3c5e7b9d0f1a2b3c4d',
  reason: 'rejected',
  last_status_code: 422,
  attempts: 5,
  state: 'open',
  first_attempt_at: '2026-11-21T09:30:00.000Z',
  last_attempt_at: '2026-11-21T09:31:25.000Z',
  created_at: '2026-11-21T09:31:25.012Z',
  closed_at: null,
};

export const deadLetterDetailExample: z.output<typeof DeadLetterDetailResponse> = {
  ...deadLetterExample,
  attempts: 1,
  diagnosis: {
    class: 'rejected',
    likely_cause: 'The receiver understood the event and refuses it.',
    what_to_do: 'The attempts listed here have its words. Correct it there. Then retry it.',
    same_cause: 12,
  },
  attempt_list: [
    {
      at: '2026-11-21T09:31:25.000Z',
      status_code: 422,
      error_class: null,
      error_code: null,
      detail: '{"error":"unknown contact"}',
      duration_ms: 41,
    },
  ],
};

export const askedExample: z.output<typeof AskedResponse> = {
  dead_letter_id: DEAD_LETTER_ID,
  asked: 'retry',
};
