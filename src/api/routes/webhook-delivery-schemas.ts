import { z } from 'zod';
import type { DeliveryDetail, DeliveryView } from '../../database/delivery-query-store.ts';
import { eventExamples } from '../event-examples.ts';
import {
  AccountId,
  ConversationId,
  isoOrNull,
  OpaqueId,
  PageQuery,
  Timestamp,
  TimeWithOffset,
} from './common-schemas.ts';

export const WebhookId = OpaqueId.meta({
  description: 'Id of an event for your CRM: its `webhook-id` header, and `id` in its body.',
  examples: ['whd_2c4e6a8b0d1f4a3c5e7b9d0f1a2b3c4d'],
});

const State = z.enum(['pending', 'delivered', 'dead', 'replay', 'discarded']).meta({
  description:
    '`pending`: waits for its turn or its next attempt. `delivered`: answered with 2xx. `dead`: ' +
    'given up, see the dead letters. `replay`: a dead one that is tried once more. `discarded`: ' +
    'its account was deleted.',
});

/** The names have one source: an event that has no example is not documented. */
const EventType = z.enum(Object.keys(eventExamples) as [string, ...string[]]);

export const WebhookDeliveryQuery = z.strictObject({
  ...PageQuery.shape,
  account_id: AccountId.optional(),
  state: State.optional(),
  type: EventType.optional(),
  from: TimeWithOffset.optional().meta({ description: 'Queued at or after this time.' }),
  to: TimeWithOffset.optional().meta({ description: 'Queued before this time.' }),
});

const delivery = {
  webhook_id: WebhookId,
  account_id: AccountId,
  conversation_id: ConversationId.nullable().meta({
    description: 'Null for an event of the account itself.',
  }),
  message_id: z.string().nullable(),
  type: EventType,
  sequence: z.int().nullable().meta({
    description: 'Its place in the conversation; null until it is its turn.',
  }),
  state: State,
  attempts: z.int().meta({ description: 'How often it was posted.' }),
  last_status_code: z.int().nullable().meta({
    description: 'Of your last answer; null where there was none.',
  }),
  last_error: z
    .string()
    .nullable()
    .meta({
      description:
        'Why there was no answer at last: `timeout`, `dns`, `refused`, `tls`, `reset`, `protocol` or ' +
        '`forbidden_address`.',
    }),
  created_at: Timestamp.meta({ description: 'When it was queued.' }),
  first_attempt_at: Timestamp.nullable(),
  next_attempt_at: Timestamp.nullable().meta({
    description: 'While it waits for another attempt.',
  }),
  delivered_at: Timestamp.nullable(),
};

export const WebhookDeliveryResponse = z.object(delivery).meta({
  id: 'WebhookDeliveryResponse',
  description: 'An event for your CRM and what became of it; never what it says.',
});

export const WebhookDeliveryDetailResponse = z
  .object({
    ...delivery,
    attempt_list: z
      .array(
        z
          .object({
            at: Timestamp,
            status_code: z.int().nullable(),
            error: z.string().nullable(),
            duration_ms: z.int(),
            response_excerpt: z.string().meta({
              description: 'The first 2 KiB of your answer.',
            }),
          })
          .meta({ id: 'WebhookAttempt', description: 'One post of an event.' }),
      )
      .meta({ description: 'Every attempt, oldest first.' }),
  })
  .meta({
    id: 'WebhookDeliveryDetailResponse',
    description: 'An event for your CRM, with every attempt to post it.',
  });

/** A delivery as the list shows it. */
export function presentDelivery(view: DeliveryView): z.output<typeof WebhookDeliveryResponse> {
  return {
    webhook_id: view.id,
    account_id: view.accountId,
    conversation_id: view.conversationId,
    message_id: view.messageId,
    type: view.type,
    sequence: view.sequence,
    state: view.state,
    attempts: view.attempts,
    last_status_code: view.lastStatusCode,
    last_error: view.lastErrorClass,
    created_at: view.storedAt.toISOString(),
    first_attempt_at: isoOrNull(view.firstAttemptAt),
    next_attempt_at: isoOrNull(view.nextAttemptAt),
    delivered_at: isoOrNull(view.deliveredAt),
  };
}

/** A delivery with its attempts. */
export function presentDeliveryDetail(
  view: DeliveryDetail,
): z.output<typeof WebhookDeliveryDetailResponse> {
  return {
    ...presentDelivery(view),
    attempt_list: view.attemptList.map((each) => ({
      at: each.at.toISOString(),
      status_code: each.statusCode,
      error: each.errorClass,
      duration_ms: each.durationMs,
      response_excerpt: each.excerpt,
    })),
  };
}

export const deliveryExample: z.output<typeof WebhookDeliveryResponse> = {
  webhook_id: 'whd_2c4e6a8b0d1f4a3c5e7b9d0f1a2b3c4d',
  account_id: 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b',
  conversation_id: 'conv_0d9b7c6a5e4f4a3b9c8d7e6f5a4b3c2d',
  message_id: '3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b',
  type: 'message.received',
  sequence: 12,
  state: 'pending',
  attempts: 1,
  last_status_code: 503,
  last_error: null,
  created_at: '2026-11-21T09:30:00.000Z',
  first_attempt_at: '2026-11-21T09:30:00.252Z',
  next_attempt_at: '2026-11-21T09:30:01.260Z',
  delivered_at: null,
};

export const deliveryDetailExample: z.output<typeof WebhookDeliveryDetailResponse> = {
  ...deliveryExample,
  attempt_list: [
    {
      at: '2026-11-21T09:30:00.301Z',
      status_code: 503,
      error: null,
      duration_ms: 48,
      response_excerpt: 'restarting',
    },
  ],
};
