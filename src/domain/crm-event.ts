import type { Attachment, MessageStatus } from './message.ts';
import type { MessageDetails } from './message-details.ts';

/** What the CRM can be told. */
export type CrmEventType =
  | 'message.received'
  | 'message.edited'
  | 'message.deleted'
  | 'message.reaction'
  | 'message.sent'
  | 'message.delivered'
  | 'message.read'
  | 'message.failed'
  | 'message.delayed'
  | 'message.unconfirmed'
  | 'account.paused'
  | 'account.resumed'
  | 'account.token_expiring'
  | 'webhook.test';

/** `data` of `message.received`, `message.edited` and `message.deleted`. */
export type InboundEventData = MessageDetails & {
  message_id: string;
  sender_id: string;
  /** Filled in when the event's bytes are frozen. */
  sender_username: string | null;
  recipient_id: string;
  /** Where it was written in a group: what to write to instead of the sender. */
  group: { id: string; title: string | null } | null;
  channel: string;
  message_type: string;
  text: string | null;
  attachments: Attachment[];
  /** What the button that the customer pressed stands for. */
  payload: string | null;
  /** Our id of the message that it answers; null where it answers none that we know. */
  reply_to: string | null;
  timestamp: string;
};

/** `data` of `message.reaction`. */
export type ReactionEventData = {
  message_id: string;
  sender_id: string;
  sender_username: string | null;
  recipient_id: string;
  group: { id: string; title: string | null } | null;
  channel: string;
  action: 'react' | 'unreact';
  emoji: string | null;
  timestamp: string;
};

/** `data` of every event about a message that went out. */
export type StatusEventData = {
  message_id: string;
  recipient_id: string;
  channel: string;
  status: MessageStatus;
  /** `api`, `auto_reply`, or `platform_app` for what a person typed in the platform's own app. */
  source: string;
  text?: string | null;
  platform_message_id: string | null;
  possible_duplicate: boolean;
  timestamp: string;
  transitions: { status: string; at: string }[];
  error: { class: string; code: string; message: string } | null;
  /** Of `message.delayed`: why it waits, and when it is tried next. */
  delay: { reason: string; next_attempt_at: string | null } | null;
};

/** The body of every webhook. `sequence` counts the events of one conversation without a gap. */
export type CrmEventEnvelope = {
  id: string;
  type: CrmEventType;
  version: '1';
  timestamp: string;
  account_id: string;
  conversation_id: string | null;
  sequence: number | null;
  data: unknown;
};
