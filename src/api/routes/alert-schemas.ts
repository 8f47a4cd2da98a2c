import { z } from 'zod';
import { AccountId, OpaqueId, PageQuery, Timestamp } from './common-schemas.ts';

const Cause = z
  .enum([
    'dead_letter',
    'dead_letter_expired',
    'crm_unauthorized',
    'endpoint_disabled',
    'endpoint_down',
    'account_paused',
    'message_unreadable',
    'unknown_platform_code',
    'messages_delayed',
    'token_expiring',
    'token_refresh_failed',
    'outbox_stuck',
    'worker_silent',
    'channel_silent',
    'events_backlog',
    'messages_slow',
    'mirror_stuck',
    'workflow_stuck',
    'workflow_paused',
  ])
  .meta({
    description: `
- \`dead_letter\`: something was given up and waits in the list of dead letters.
- \`dead_letter_expired\`: nobody dealt with one in 30 days.
- \`crm_unauthorized\`: the webhook answered 401.
- \`endpoint_disabled\`: the webhook answered 410; nothing is sent there until it is set anew.
- \`endpoint_down\`: the webhook has not answered for over 5 minutes.
- \`account_paused\`: the platform refuses the credentials, or the account; messages wait.
- \`message_unreadable\`: the platform announced a message without its content or sender, and does not give it out.
- \`unknown_platform_code\`: the platform answered with codes that the router does not know, listed in \`codes\`; each failed one message. Over when none came for a day.
- \`messages_delayed\`: messages have waited for longer than the CRM was told of at first; each one's status says for what.
- \`token_expiring\`: the credentials end in 14, 7 or 1 days.
- \`token_refresh_failed\`: the credentials could not be renewed twice in a row.
- \`outbox_stuck\`: what is stored does not reach Temporal.
- \`worker_silent\`: no worker that runs the workflows is alive; one with \`--channels\` does not count.
- \`channel_silent\`: no worker serves a channel that has an enabled account; see \`channel\`.
- \`events_backlog\`: events for the CRM have waited for over 5 minutes.
- \`messages_slow\`: of the messages of the last 5 minutes one in twenty took over 5 seconds.
- \`mirror_stuck\`: the CRM's own database has not taken a message for over 10 minutes.
- \`workflow_stuck\`: runs in Temporal whose tasks keep failing; see \`workflow_ids\`. Repair the
  worker, or terminate them: what they stand for is started again by itself.
- \`workflow_paused\`: an operator has paused runs; they are left alone until they are unpaused.`,
  });

export const AlertQuery = z.strictObject({
  ...PageQuery.shape,
  open: z
    .enum(['true', 'false'], 'must be true or false')
    .transform((text) => text === 'true')
    .optional()
    .meta({
      type: 'boolean',
      description: 'true: only what goes on; false: only what is over. Left out: both.',
    }),
});

export const AlertResponse = z
  .object({
    alert_id: OpaqueId,
    cause: Cause,
    account_id: AccountId.nullable().meta({
      description:
        'Null for what concerns a channel or the router itself; only keys for all accounts see it.',
    }),
    channel: z.string().nullable().meta({
      description: 'The channel that it concerns as a whole; null for everything else.',
    }),
    open: z.boolean(),
    count: z.int().meta({ description: 'How often it was noticed while it went on.' }),
    codes: z.array(z.object({ code: z.string(), count: z.int() })).meta({
      description: 'Of `unknown_platform_code`: what the platform answered, and how often.',
    }),
    first_at: Timestamp,
    last_at: Timestamp,
    resolved_at: Timestamp.nullable(),
    workflow_ids: z.array(z.string()).meta({
      description: 'The first 20 of the runs in Temporal that it is about; empty for other causes.',
    }),
  })
  .meta({
    id: 'AlertResponse',
    description: 'One cause at one account or channel, while it lasted.',
  });

export const alertExample: z.output<typeof AlertResponse> = {
  alert_id: 'alert_4d3c2b1a0f9e4d8c7b6a5f4e3d2c1b0a',
  cause: 'crm_unauthorized',
  account_id: 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b',
  channel: null,
  open: true,
  count: 7,
  codes: [],
  first_at: '2026-11-21T09:30:00.000Z',
  last_at: '2026-11-21T09:41:12.000Z',
  resolved_at: null,
  workflow_ids: [],
};
