import type { AskedContent } from './asked-content.ts';
import type { Attachment, MessageError, MessageStatus } from './message.ts';
import type { MessageDetails } from './message-details.ts';
import type { TransitionData } from './transition.ts';

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
  /** Who did it: the customer, or the account's owner in the platform's own app. */
  source: 'customer' | 'platform_app';
  /** The account's id where its owner did it, and `recipient_id` the customer's. */
  sender_id: string;
  /** What the platform calls the customer; filled in when the event's bytes are frozen. */
  sender_username: string | null;
  sender_name: string | null;
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
  source: 'customer' | 'platform_app';
  sender_id: string;
  sender_username: string | null;
  sender_name: string | null;
  recipient_id: string;
  group: { id: string; title: string | null } | null;
  channel: string;
  action: 'react' | 'unreact';
  emoji: string | null;
  timestamp: string;
};

/** `data` of every event about a message that went out. */
export type StatusEventData = MessageDetails & {
  message_id: string;
  recipient_id: string;
  channel: string;
  status: MessageStatus;
  /** `api`, `auto_reply`, or `platform_app` for what a person typed in the platform's own app. */
  source: string;
  /** Of `message.sent`, and of whatever the CRM did not send itself. */
  text?: string | null;
  message_type?: string;
  attachments?: Attachment[];
  /** Of what was typed in the platform's own app, which is told whole. */
  payload?: string | null;
  /** The CRM's own name for who sent it. */
  sender_id?: string | null;
  /** As the request to send had it; null for what was typed in the platform's own app. */
  content?: AskedContent | null;
  platform_message_id: string | null;
  possible_duplicate: boolean;
  timestamp: string;
  transitions: TransitionData[];
  error: MessageError | null;
  /** Of `message.delayed`: why it waits, and when it is tried next. */
  delay: { reason: string; next_attempt_at: string | null } | null;
  /** Of `message.unconfirmed`: the conversation waits until a person decides. */
  holds?: boolean;
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
