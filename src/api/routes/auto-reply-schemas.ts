import { z } from 'zod';
import type { AutoReplyRuleView } from '../../database/auto-reply-store.ts';
import {
  AUTO_REPLY_MATCHES,
  isTimeZone,
  unknownPlaceholders,
  WEEKDAYS,
} from '../../domain/auto-reply.ts';
import { AccountId, OpaqueId, Timestamp } from './common-schemas.ts';

export const AutoReplyId = OpaqueId.meta({
  description: 'Id of a rule, as `POST …/auto-replies` answered it.',
  examples: ['rule_6b1f0d4e8c2a4b7f9d3e5a1c0f8b7d62'],
});

const PATTERN_LIMIT = 500;
const TEXT_LIMIT = 2_000;
const DAY_SECONDS = 86_400;

const Pattern = z
  .string()
  .max(PATTERN_LIMIT, `must have at most ${PATTERN_LIMIT} characters`)
  .refine((pattern) => pattern.trim() !== '', 'must not be empty or only white space')
  .meta({
    minLength: 1,
    pattern: '\\S',
    description:
      'What the text is compared with. For `regex` an expression of RE2, which is found anywhere ' +
      'unless it has `^` and `$`; neither look-around nor back-references.',
  });

const Text = z
  .string()
  .max(TEXT_LIMIT, `must have at most ${TEXT_LIMIT} characters`)
  .refine((text) => text.trim() !== '', 'must not be empty or only white space')
  .refine(
    (text) => unknownPlaceholders(text).length === 0,
    'has something in braces that is neither {username} nor {name}',
  )
  .meta({
    minLength: 1,
    pattern: '\\S',
    description:
      "The answer. `{username}` and `{name}` are the customer's; one that the platform does not " +
      'tell is the other one, or the platform id.',
  });

const ActiveHours = z
  .strictObject({
    timezone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'is no time zone of the IANA database, such as America/Sao_Paulo')
      .meta({ examples: ['America/Sao_Paulo'] }),
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1, 'must name a day')
      .max(7)
      .refine((days) => new Set(days).size === days.length, 'names a day twice')
      .optional()
      .transform((days) => days ?? [...WEEKDAYS])
      .meta({
        description: 'Days on which the time begins; all of them when left out.',
        uniqueItems: true,
      }),
    from: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time from 00:00 to 23:59')
      .meta({ examples: ['22:00'] }),
    to: z
      .string()
      .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time from 00:00 to 24:00')
      .meta({
        description: 'No longer in it. One that is earlier than `from` lies on the next day.',
        examples: ['06:00'],
      }),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    message: 'must differ from from; the whole day is 00:00 to 24:00',
  })
  .meta({
    description: 'When the rule is active, by the clock of a time zone. null: always.',
  });

const members = {
  enabled: z.boolean(),
  priority: z
    .int()
    .min(0)
    .max(10_000)
    .meta({ description: 'The lowest number is tried first; equal ones in order of their age.' }),
  match: z.enum(AUTO_REPLY_MATCHES).meta({
    description:
      '`exact`: the whole text, white space around it aside. `contains`, `starts_with`: as they ' +
      'say. `regex`: a regular expression.',
  }),
  pattern: Pattern,
  case_sensitive: z.boolean(),
  active_hours: ActiveHours.nullable(),
  cooldown_seconds: z
    .int()
    .min(0)
    .max(30 * DAY_SECONDS)
    .meta({
      description: 'How long the rule does not answer the same customer again.',
    }),
  text: Text,
};

export const CreateAutoReplyRequest = z
  .strictObject({
    ...members,
    enabled: members.enabled.default(true),
    priority: members.priority.default(100),
    case_sensitive: members.case_sensitive.default(false),
    active_hours: members.active_hours.default(null),
    cooldown_seconds: members.cooldown_seconds.default(60),
  })
  .meta({ id: 'CreateAutoReplyRequest', description: 'What is answered, to what, and when.' });

export const UpdateAutoReplyRequest = z
  .strictObject(members)
  .partial()
  .meta({ id: 'UpdateAutoReplyRequest', description: 'Any subset; what is left out stays.' });

export const AutoReplyResponse = z
  .object({
    rule_id: AutoReplyId,
    account_id: AccountId,
    ...members,
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'AutoReplyResponse', description: 'A rule.' });

export const createExample: z.input<typeof CreateAutoReplyRequest> = {
  match: 'contains',
  pattern: 'opening hours',
  text: 'Hello {name}! We are open from Monday to Friday, 9 to 18.',
  priority: 10,
  active_hours: {
    timezone: 'America/Sao_Paulo',
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    from: '18:00',
    to: '09:00',
  },
  cooldown_seconds: 3600,
};

export const autoReplyExample = {
  rule_id: 'rule_6b1f0d4e8c2a4b7f9d3e5a1c0f8b7d62',
  account_id: 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b',
  enabled: true,
  case_sensitive: false,
  ...createExample,
  created_at: '2026-11-21T09:30:00.000Z',
  updated_at: '2026-11-21T09:30:00.000Z',
};

export const updateExample: z.input<typeof UpdateAutoReplyRequest> = {
  enabled: false,
  text: 'Hello {name}! We are on holiday until the 3rd.',
};

/** A rule as every answer shows it. */
export function presentRule(rule: AutoReplyRuleView): z.output<typeof AutoReplyResponse> {
  return {
    rule_id: rule.id,
    account_id: rule.accountId,
    enabled: rule.enabled,
    priority: rule.priority,
    match: rule.match,
    pattern: rule.pattern,
    case_sensitive: rule.caseSensitive,
    active_hours: rule.activeHours && { ...rule.activeHours, days: [...rule.activeHours.days] },
    cooldown_seconds: rule.cooldownSeconds,
    text: rule.text,
    created_at: rule.createdAt.toISOString(),
    updated_at: rule.updatedAt.toISOString(),
  };
}
