import { z } from 'zod';
import type { AccountHealthStore, AccountHealthView } from '../../database/account-health-store.ts';
import { requireAccount } from '../access.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { AccountId, isoOrNull, Timestamp } from './common-schemas.ts';

const AccountHealthResponse = z
  .object({
    account_id: AccountId,
    channel: z.string(),
    status: z.enum(['healthy', 'degraded', 'paused', 'disabled', 'unknown']).meta({
      description:
        '`degraded`: the platform reports a problem, could not be asked, or the credentials end ' +
        'within a week. `paused`: it refuses the credentials, and messages wait for new ones. ' +
        '`disabled`: switched off here. `unknown`: not checked yet.',
    }),
    checked_at: Timestamp.nullable().meta({
      description: 'When the platform was last asked; null: never.',
    }),
    token: z
      .object({
        expires_at: Timestamp.nullable().meta({
          description: 'When the credentials end; null: never, or the platform does not tell.',
        }),
        days_left: z.int().nullable().meta({ description: 'A begun day is counted whole.' }),
      })
      .meta({ description: 'The credentials.' }),
    facts: z.record(z.string(), z.string()).meta({
      description: "What the platform says of the account, in its own words; the channel's matter.",
    }),
    last_error: z
      .object({ class: z.string(), code: z.string() })
      .nullable()
      .meta({
        description:
          'Why the last check failed: `unauthorized`, `refused`, `throttled` or `unreachable`, and ' +
          "the platform's own code.",
      }),
    queue: z.object({
      waiting_messages: z.int().meta({ description: 'Accepted, and not sent yet.' }),
      oldest_waiting_seconds: z.number().nullable(),
    }),
    webhook_state: z.enum(['ok', 'down', 'disabled']),
  })
  .meta({
    id: 'AccountHealthResponse',
    description: 'How an account stands with its platform, with your CRM, and in between.',
  });

const example: z.output<typeof AccountHealthResponse> = {
  account_id: 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b',
  channel: 'instagram',
  status: 'healthy',
  checked_at: '2026-11-21T04:02:11.480Z',
  token: { expires_at: '2027-01-12T04:02:11.000Z', days_left: 52 },
  facts: {},
  last_error: null,
  queue: { waiting_messages: 2, oldest_waiting_seconds: 0.4 },
  webhook_state: 'ok',
};

export type AccountHealthRouteDeps = { accountHealth: Pick<AccountHealthStore, 'find'> };

export function createAccountHealthRoute({ accountHealth }: AccountHealthRouteDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/accounts/{account_id}/health',
    operationId: 'getAccountHealth',
    summary: 'See how an account stands',
    description:
      'What the last check of the platform found (once a day, and whenever new credentials are ' +
      'set), when the credentials end, and what waits to be sent. Asks nobody but the database.',
    tags: ['Accounts'],
    auth: 'crm',
    params: z.object({ account_id: AccountId }),
    responses: { 200: { description: 'Found.', schema: AccountHealthResponse, example } },
    errors: ['account_forbidden', 'account_not_found'],
    async handle({ params: { account_id }, caller }) {
      requireAccount(caller, account_id, 'path');
      const health = await accountHealth.find(account_id);
      if (!health) throw new ApiError('account_not_found');
      return { status: 200, body: present(health) };
    },
  });
}

function present(health: AccountHealthView): z.output<typeof AccountHealthResponse> {
  return {
    account_id: health.accountId,
    channel: health.channel,
    status: health.status,
    checked_at: isoOrNull(health.checkedAt),
    token: { expires_at: isoOrNull(health.expiresAt), days_left: health.daysLeft },
    facts: health.facts,
    last_error: health.lastError,
    queue: {
      waiting_messages: health.waitingMessages,
      oldest_waiting_seconds: health.oldestWaitingSeconds,
    },
    webhook_state: health.webhookState,
  };
}
