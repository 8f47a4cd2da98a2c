import type { z } from 'zod';
import type { UnifiedSendRequest } from './unified-send.ts';
import type {
  MessageStatusResponse,
  SendMessageRequest,
  SendMessageResponse,
} from './message-schemas.ts';

const MESSAGE_ID = '3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
const ACCOUNT_ID = 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b';
const CONVERSATION_ID = 'conv_0d9b7c6a5e4f4a3b9c8d7e6f5a4b3c2d';

export const sendExample: z.input<typeof SendMessageRequest> = {
  account_id: ACCOUNT_ID,
  recipient_id: '1254477777777777',
  message: 'Your order is on its way 🚚',
  idempotency_key: 'order-4711-shipped',
};

export const unifiedExample: z.input<typeof UnifiedSendRequest> = {
  account_id: ACCOUNT_ID,
  recipient: '1254477777777777',
  sender_id: 'agent-17',
  content: {
    type: 'document',
    url: 'https://shop.example.com/invoices/4711.pdf',
    caption: 'Your invoice',
    file_name: 'invoice-4711.pdf',
    mime_type: 'application/pdf',
  },
  reply_to: '8c5d1a2b-3e4f-4a6b-9c7d-8e9f0a1b2c3d',
  idempotency_key: 'invoice-4711',
};

export const sentExample: z.output<typeof SendMessageResponse> = {
  message_id: MESSAGE_ID,
  status: 'pending',
  conversation_id: CONVERSATION_ID,
  position: 13,
  created_at: '2026-11-21T09:30:00.000Z',
};

export const statusExample: z.output<typeof MessageStatusResponse> = {
  message_id: MESSAGE_ID,
  account_id: ACCOUNT_ID,
  conversation_id: CONVERSATION_ID,
  channel: 'instagram',
  status: 'sent',
  retry_count: 1,
  possible_duplicate: false,
  platform_message_id: 'aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE',
  instagram_message_id: 'aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE',
  position: 13,
  created_at: '2026-11-21T09:30:00.000Z',
  next_attempt_at: null,
  wait_reason: null,
  error: null,
  transitions: [
    {
      status: 'pending',
      at: '2026-11-21T09:30:00.000Z',
      source: 'api',
      attempt: null,
      error_class: null,
      error_code: null,
    },
    {
      status: 'sent',
      at: '2026-11-21T09:30:02.412Z',
      source: 'platform',
      attempt: 2,
      error_class: null,
      error_code: null,
    },
  ],
  errors: [
    {
      attempt: 1,
      part: 1,
      at: '2026-11-21T09:30:00.187Z',
      class: 'transient',
      code: '2',
      message: 'Service temporarily unavailable',
    },
  ],
  parts: [{ part: 1, status: 'sent', platform_message_id: 'aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE' }],
};

const pendingLine = {
  status: 'pending' as const,
  at: '2026-11-21T09:30:00.000Z',
  source: 'api' as const,
  attempt: null,
  error_class: null,
  error_code: null,
};
const unconfirmedLine = {
  status: 'unconfirmed' as const,
  at: '2026-11-21T09:30:10.412Z',
  source: 'router' as const,
  attempt: 1,
  error_class: 'unknown',
  error_code: 'timeout',
};
const untried: z.output<typeof MessageStatusResponse> = {
  ...statusExample,
  status: 'pending',
  retry_count: 0,
  platform_message_id: null,
  instagram_message_id: null,
  transitions: [pendingLine],
  errors: [],
  parts: [{ part: 1, status: 'pending', platform_message_id: null }],
};
const timeout = {
  attempt: 1,
  part: 1,
  at: '2026-11-21T09:30:10.412Z',
  class: 'unknown',
  code: 'timeout',
  message: 'Instagram did not answer in time.',
};

export const resentExample: z.output<typeof MessageStatusResponse> = {
  ...untried,
  possible_duplicate: true,
  transitions: [
    pendingLine,
    unconfirmedLine,
    { ...pendingLine, status: 'requeued', at: '2026-11-21T10:02:00.000Z' },
  ],
  errors: [timeout],
};

export const confirmedExample: z.output<typeof MessageStatusResponse> = {
  ...untried,
  status: 'sent',
  transitions: [
    pendingLine,
    unconfirmedLine,
    { ...pendingLine, status: 'sent', source: 'operator', at: '2026-11-21T10:02:00.000Z' },
  ],
  errors: [timeout],
  parts: [{ part: 1, status: 'sent', platform_message_id: null }],
};

export const cancelledExample: z.output<typeof MessageStatusResponse> = {
  ...untried,
  status: 'failed',
  error: { class: 'cancelled', code: 'cancelled', message: 'Cancelled before it was sent.' },
  transitions: [
    pendingLine,
    {
      ...pendingLine,
      status: 'failed',
      at: '2026-11-21T09:30:04.000Z',
      error_class: 'cancelled',
      error_code: 'cancelled',
    },
  ],
};
