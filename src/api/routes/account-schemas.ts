import { z } from 'zod';
import type { Channel, ChannelRegistry } from '../../channels/channel.ts';
import type { WebhookSender } from '../../crm/webhook.ts';
import { byValue, needs, without } from '../member-rules.ts';
import {
  type Members,
  membersIn,
  membersOf,
  membersOfAll,
  readAccount,
} from './account-members.ts';
import {
  CrmWebhookHeaders,
  OverlapSeconds,
  WebhookSecret,
  webhookUrl,
} from './account-webhook-schemas.ts';
import { AccountId, Timestamp } from './common-schemas.ts';

/** Schemas of the account routes. Each channel brings members of its own into them. */
export type AccountSchemas = ReturnType<typeof createAccountSchemas>;

const Username = z.string().min(1).max(255).meta({
  description: 'A name for people. Left out, the one that the platform tells.',
});

const OnUnknownOutcome = z.enum(['auto', 'resend', 'hold']).meta({
  description:
    'What follows when nobody can tell whether a message arrived. `auto`: sent again, marked ' +
    '`possible_duplicate`, if the platform would have told of the first one; else `unconfirmed`. ' +
    '`resend`: sent again, marked. `hold`: waits for a person.',
});

export function createAccountSchemas(
  channels: ChannelRegistry,
  { problemWith }: Pick<WebhookSender, 'problemWith'>,
) {
  const WebhookUrl = webhookUrl(problemWith);
  return {
    CreateAccountRequest: createRequest(channels, WebhookUrl),
    UpdateAccountRequest: updateRequest(channels, WebhookUrl),
    ...responses(channels),
  };
}

function createRequest(channels: ChannelRegistry, WebhookUrl: z.ZodString) {
  const { all, required } = membersOfAll(channels);
  const names = channels.names() as [string, ...string[]];
  const rules = names.map((name) => [name, ruleOf(channels.get(name), all)] as const);
  return z
    .strictObject({
      // The registry's first channel, so that the oldest clients need not name theirs.
      channel: z.enum(names).default(names[0]).meta({
        description: 'Which platform the account is on.',
      }),
      username: Username.optional(),
      crm_webhook_url: WebhookUrl.nullable()
        .optional()
        .meta({ description: 'Where its events go. Left out, the default of this installation.' }),
      crm_webhook_headers: CrmWebhookHeaders.optional(),
      webhook_secret: WebhookSecret.optional().meta({
        description: 'Left out, one is made and shown once in the answer.',
      }),
      on_unknown_outcome: OnUnknownOutcome.optional(),
      ...optionalMembers(all),
    })
    .transform((body, context) => {
      const channel = channels.get(body.channel);
      const account = readAccount(channel, membersIn(body, Object.keys(all)), context);
      return account ? { ...body, account } : z.NEVER;
    })
    .meta({
      id: 'CreateAccountRequest',
      description: 'An account of ours on a platform, and where its events go.',
      required,
      ...byValue('channel', rules),
    });
}

function updateRequest(channels: ChannelRegistry, WebhookUrl: z.ZodString) {
  return z
    .strictObject({
      username: Username.nullable().optional(),
      crm_webhook_url: WebhookUrl.nullable().optional(),
      crm_webhook_headers: CrmWebhookHeaders.optional(),
      webhook_secret: WebhookSecret.optional(),
      webhook_secret_overlap_seconds: OverlapSeconds.optional(),
      enabled: z.boolean().optional().meta({
        description: 'false: takes no new messages, and what waits, waits. true: all goes on.',
      }),
      on_unknown_outcome: OnUnknownOutcome.optional(),
      ...optionalMembers(membersOfAll(channels).credentials),
    })
    .refine(
      (body) =>
        body.webhook_secret_overlap_seconds === undefined || body.webhook_secret !== undefined,
      { path: ['webhook_secret_overlap_seconds'], message: 'needs a webhook_secret beside it' },
    )
    .meta({
      id: 'UpdateAccountRequest',
      description: 'Any subset; what is left out stays.',
      ...needs('webhook_secret_overlap_seconds', 'webhook_secret'),
    });
}

/** What the channel asks for, and what of `all` members it does not know. */
function ruleOf(channel: Channel, all: Members): Record<string, unknown> {
  const own = membersOf(channel);
  const foreign = Object.keys(all).filter((name) => !(name in own.all));
  return { required: own.required, ...without(foreign) };
}

function responses(channels: ChannelRegistry) {
  const account = {
    account_id: AccountId,
    channel: z.string(),
    ...Object.fromEntries(
      membersOfAll(channels).shown.map((name) => [
        name,
        z.string().optional().meta({ description: 'The id of the account on its platform.' }),
      ]),
    ),
    username: z.string().nullable(),
    crm_webhook_url: z.string().nullable().optional().meta({
      description: 'Where its events go. For `admin` keys only.',
    }),
    crm_webhook_header_names: z.array(z.string()).optional().meta({
      description:
        'The names of its `crm_webhook_headers`, never their values. For `admin` keys only.',
    }),
    enabled: z.boolean(),
    paused_at: Timestamp.nullable().meta({
      description: 'Since when the platform refuses the credentials; messages wait for new ones.',
    }),
    pause_reason: z.string().nullable(),
    webhook_state: z.enum(['ok', 'down', 'disabled']).meta({
      description:
        '`down`: it failed too often in a row, and single attempts find out when it is back; ' +
        'events wait. `disabled`: nothing is attempted, for `webhooks_disabled_reason`.',
    }),
    on_unknown_outcome: OnUnknownOutcome,
    webhooks_disabled_reason: z.string().nullable().meta({
      description: 'Why no webhook is attempted: `no_url`, or `gone` after a 410. null: they are.',
    }),
    created_at: Timestamp,
  };
  const made = z.string().optional().meta({
    description: 'Only if the router made it, and only here: keep it now.',
  });
  return {
    AccountResponse: z
      .object(account)
      .meta({ id: 'AccountResponse', description: 'An account. Never a token or a secret.' }),
    CreatedAccountResponse: z
      .object({ ...account, webhook_secret: made })
      .meta({ id: 'CreatedAccountResponse', description: 'The new account.' }),
  };
}

/** Their values are the channel's to judge; here they are only known by name, and documented. */
function optionalMembers(members: Members) {
  return Object.fromEntries(
    Object.entries(members).map(([name, schema]) => [name, z.unknown().optional().meta(schema)]),
  );
}
