import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { WebhookSender } from '../../crm/webhook.ts';
import type { AccountStore } from '../../database/account-store.ts';
import type { CrmEventEnvelope } from '../../domain/crm-event.ts';
import { requireAccount } from '../access.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { AccountId } from './common-schemas.ts';

const WebhookTestResponse = z
  .object({
    delivered: z.boolean().meta({ description: 'Whether the receiver answered 2xx.' }),
    webhook_id: z.string().meta({ description: 'The `webhook-id` header that was sent.' }),
    status_code: z.int().nullable().meta({ description: 'null: there was no answer.' }),
    duration_ms: z.number(),
    error: z
      .string()
      .nullable()
      .meta({
        description:
          'Why there was no answer: `timeout`, `dns`, `refused`, `tls`, `reset`, `protocol`, or ' +
          '`forbidden_address` for one that this router does not call.',
      }),
    response_excerpt: z.string().meta({ description: 'The first 2 KiB of the answer.' }),
  })
  .meta({ id: 'WebhookTestResponse' });

/** What this route needs of the router. */
export type WebhookTestDeps = {
  accounts: Pick<AccountStore, 'open'>;
  webhooks: Pick<WebhookSender, 'post'>;
};

export function createWebhookTestRoute({ accounts, webhooks }: WebhookTestDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/accounts/{account_id}/webhook-test',
    operationId: 'testWebhook',
    summary: 'Try the webhook of an account',
    description:
      'Sends one `webhook.test` event, signed like every other, and answers what came back. It ' +
      'goes out at once, beside the queue, and is not repeated. Needs an `admin` key.',
    tags: ['Accounts'],
    auth: 'admin',
    params: z.object({ account_id: AccountId }),
    responses: {
      200: {
        description: 'Sent, or tried: see `delivered`.',
        schema: WebhookTestResponse,
        example: {
          delivered: true,
          webhook_id: 'whd_7a6b5c4d3e2f4a1b9c8d7e6f5a4b3c2d',
          status_code: 200,
          duration_ms: 48.2,
          error: null,
          response_excerpt: 'ok',
        },
      },
    },
    errors: ['account_forbidden', 'account_not_found', 'webhook_url_missing'],
    async handle({ params: { account_id }, caller, traceId, log }) {
      requireAccount(caller, account_id, 'path');
      const account = await accounts.open(account_id);
      if (!account) throw new ApiError('account_not_found');
      if (account.crmWebhookUrl === null)
        throw new ApiError('webhook_url_missing', {
          detail: 'Set crm_webhook_url with PUT /api/v1/accounts/{account_id} first.',
        });
      const event = testEvent(account_id);
      const answer = await webhooks.post({
        url: account.crmWebhookUrl,
        webhookId: event.id,
        body: JSON.stringify(event),
        secrets: account.webhookSecrets,
        headers: account.webhookHeaders,
        traceId,
      });
      const { statusCode, errorClass, durationMs, excerpt } = answer;
      log.info('webhook attempted', {
        account_id,
        delivery_id: event.id,
        event_type: event.type,
        status_code: statusCode ?? undefined,
        error_class: errorClass ?? undefined,
        duration_ms: durationMs,
      });
      return {
        status: 200,
        body: {
          delivered: statusCode !== null && statusCode >= 200 && statusCode < 300,
          webhook_id: event.id,
          status_code: statusCode,
          duration_ms: durationMs,
          error: errorClass,
          response_excerpt: excerpt,
        },
      };
    },
  });
}

function testEvent(accountId: string): CrmEventEnvelope {
  return {
    id: `whd_${randomUUID().replaceAll('-', '')}`,
    type: 'webhook.test',
    version: '1',
    timestamp: new Date().toISOString(),
    account_id: accountId,
    conversation_id: null,
    sequence: null,
    data: { message: 'This is a test. It is about no conversation and has no sequence.' },
  };
}
