import { z } from 'zod';
import type { DeliveryQueryStore } from '../../database/delivery-query-store.ts';
import { requireAccount } from '../access.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { pageOf } from './common-schemas.ts';
import {
  deliveryDetailExample,
  deliveryExample,
  presentDelivery,
  presentDeliveryDetail,
  WebhookDeliveryDetailResponse,
  WebhookDeliveryQuery,
  WebhookDeliveryResponse,
  WebhookId,
} from './webhook-delivery-schemas.ts';

/** What these routes need of the router. */
export type WebhookDeliveryRoutesDeps = { deliveryQueries: DeliveryQueryStore };

const tags = ['Webhook deliveries'];

/** What became of each event for the CRM. */
export function createWebhookDeliveryRoutes({
  deliveryQueries,
}: WebhookDeliveryRoutesDeps): Route[] {
  const listWebhookDeliveries = defineRoute({
    method: 'get',
    path: '/api/v1/webhook-deliveries',
    operationId: 'listWebhookDeliveries',
    summary: 'List the webhooks of your accounts',
    description:
      'Every event that was queued for your CRM, newest first: whether it was delivered, waits, or ' +
      'was given up. Filters narrow the list together. It has ids and classes, not what the events ' +
      'say; read the history of the conversation for that.',
    tags,
    auth: 'crm',
    query: WebhookDeliveryQuery,
    responses: {
      200: {
        description: 'A page of deliveries.',
        schema: pageOf(WebhookDeliveryResponse, 'WebhookDeliveryPage'),
        example: { data: [deliveryExample], next_cursor: null },
      },
    },
    errors: ['account_forbidden'],
    async handle({ query: { limit, cursor, account_id, ...filter }, caller }) {
      if (account_id !== undefined) requireAccount(caller, account_id, 'query');
      const found = await deliveryQueries.list(
        caller.accountIds,
        { accountId: account_id, ...filter },
        { limit, cursor },
      );
      const data = found.items.map(presentDelivery);
      return { status: 200, body: { data, next_cursor: found.nextCursor } };
    },
  });

  const getWebhookDelivery = defineRoute({
    method: 'get',
    path: '/api/v1/webhook-deliveries/{webhook_id}',
    operationId: 'getWebhookDelivery',
    summary: 'Look at one webhook',
    description: 'With every attempt, how long it took, and the first 2 KiB of your own answers.',
    tags,
    auth: 'crm',
    params: z.object({ webhook_id: WebhookId }),
    responses: {
      200: {
        description: 'Found.',
        schema: WebhookDeliveryDetailResponse,
        example: deliveryDetailExample,
      },
    },
    errors: ['webhook_delivery_not_found'],
    async handle({ params: { webhook_id }, caller }) {
      const found = await deliveryQueries.find(webhook_id, caller.accountIds);
      if (!found) throw new ApiError('webhook_delivery_not_found');
      return { status: 200, body: presentDeliveryDetail(found) };
    },
  });

  return [listWebhookDeliveries, getWebhookDelivery];
}
