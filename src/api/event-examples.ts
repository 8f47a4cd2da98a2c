import type { CrmEventEnvelope, CrmEventType } from '../domain/crm-event.ts';
import { referralExample } from './routes/message-details-schemas.ts';

/** One example for every event this router sends; the documentation shows them. */

const ACCOUNT_ID = 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b';
const MESSAGE_ID = '3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
const CREATED = '2026-11-21T09:30:00.000Z';
const NOW = '2026-11-21T09:30:01.204Z';

const customer = {
  message_id: '8c5d1a2b-3e4f-4a6b-9c7d-8e9f0a1b2c3d',
  position: 12,
  source: 'customer',
  sender_id: '1254477777777777',
  sender_username: 'ana.lima',
  sender_name: 'Ana Lima',
  recipient_id: '17841400000000001',
  group: null,
  channel: 'instagram',
};

const received = {
  ...customer,
  message_type: 'text',
  text: 'Where is my order?',
  attachments: [],
  payload: null,
  reply_to: null,
  timestamp: '2026-11-21T09:29:10.000Z',
};

const outgoing = {
  message_id: MESSAGE_ID,
  position: 13,
  recipient_id: '1254477777777777',
  channel: 'instagram',
  source: 'api',
  platform_message_id: 'aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE',
  possible_duplicate: false,
  timestamp: NOW,
  error: null,
  delay: null,
};

function statusData(status: string, more: object = {}) {
  const error = { error_class: null, error_code: null };
  const transitions = [{ status: 'pending', at: CREATED, source: 'api', attempt: null, ...error }];
  if (status !== 'pending')
    transitions.push({ status, at: NOW, source: 'platform', attempt: null, ...error });
  return { ...outgoing, status, transitions, ...more };
}

function event(type: CrmEventType, sequence: number | null, data: object): CrmEventEnvelope {
  const inConversation = type.startsWith('message.');
  return {
    id: 'whd_7a6b5c4d3e2f4a1b9c8d7e6f5a4b3c2d',
    type,
    version: '1',
    timestamp: NOW,
    account_id: ACCOUNT_ID,
    conversation_id: inConversation ? 'conv_0d9b7c6a5e4f4a3b9c8d7e6f5a4b3c2d' : null,
    sequence,
    data,
  };
}

const notSent = { platform_message_id: null };

export const eventExamples: Record<CrmEventType, CrmEventEnvelope> = {
  'message.received': event('message.received', 1, { ...received, referral: referralExample }),
  'message.edited': event('message.edited', 2, { ...received, text: 'Where is order 4711?' }),
  'message.deleted': event('message.deleted', 3, { ...received, text: null }),
  'message.reaction': event('message.reaction', 4, {
    ...customer,
    action: 'react',
    emoji: '❤️',
    timestamp: '2026-11-21T09:29:40.000Z',
  }),
  'message.sent': event(
    'message.sent',
    5,
    statusData('sent', {
      message_type: 'text',
      text: 'Your order is on its way 🚚',
      attachments: [],
      sender_id: 'agent-17',
      content: { type: 'text', text: 'Your order is on its way 🚚' },
    }),
  ),
  'message.delivered': event('message.delivered', 6, statusData('delivered')),
  'message.read': event('message.read', 7, statusData('read')),
  'message.failed': event(
    'message.failed',
    8,
    statusData('failed', {
      ...notSent,
      error: {
        class: 'refused',
        code: '10/2534022',
        message: 'This message is sent outside of allowed window.',
      },
    }),
  ),
  'message.delayed': event(
    'message.delayed',
    9,
    statusData('pending', {
      ...notSent,
      delay: { reason: 'throttled', next_attempt_at: '2026-11-21T09:35:00.000Z' },
    }),
  ),
  'message.unconfirmed': event(
    'message.unconfirmed',
    10,
    statusData('unconfirmed', {
      ...notSent,
      error: { class: 'unknown', code: 'timeout', message: 'No answer within 10 s' },
      holds: false,
    }),
  ),
  'account.paused': event('account.paused', 1, {
    account_id: ACCOUNT_ID,
    reason: '190',
    detail: 'Error validating access token: the session has expired.',
  }),
  'account.resumed': event('account.resumed', 2, { account_id: ACCOUNT_ID }),
  'account.token_expiring': event('account.token_expiring', 3, {
    account_id: ACCOUNT_ID,
    expires_at: '2026-11-28T09:00:00.000Z',
    days_left: 7,
  }),
  'webhook.test': event('webhook.test', null, {
    message: 'This is a test. It is about no conversation and has no sequence.',
  }),
};
