import {
  type Attachment,
  type Chat,
  type CrmEvent,
  type CrmMessage,
  type CrmState,
  advance,
  chatOf,
  isByCustomer,
  messageIn,
  noteSequence,
} from './inbox.ts';
import { delayOf } from './delay.ts';
import { detailsOf } from './details.ts';

/** What an event changed, for the feed of the page. */
export type Applied = { chat: Chat; message: CrmMessage; passedOver: number[] };

/** Stores one event of the router in the chat it belongs to; null for events without a message. */
export function applyEvent(state: CrmState, event: CrmEvent): Applied | null {
  const id = text(event.data['message_id']);
  if (!event.type.startsWith('message.') || id === null) return null;
  const chat = chatOf(state, event);
  const passedOver = noteSequence(chat, event.sequence);
  const kind = event.type.slice('message.'.length);
  const message = kind === 'received' ? receive(chat, id, event) : change(chat, id, kind, event);
  return { chat, message, passedOver };
}

function receive(chat: Chat, id: string, { data, timestamp }: CrmEvent): CrmMessage {
  const inGroup = (data['group'] ?? null) !== null;
  const name = text(data['sender_name']);
  chat.name = (inGroup ? null : name) ?? chat.name;
  chat.username = text(data['sender_username']) ?? name ?? chat.username;
  return messageIn(chat, id, {
    direction: 'in',
    type: text(data['message_type']) ?? 'text',
    text: text(data['text']),
    attachments: attachmentsOf(data),
    details: detailsOf(data),
    writtenBy: inGroup ? (name ?? text(data['sender_username'])) : null,
    replyTo: text(data['reply_to']),
    at: Date.parse(text(data['timestamp']) ?? timestamp) || Date.now(),
    history: [{ status: 'received', at: Date.now() }],
  });
}

function change(chat: Chat, id: string, kind: string, event: CrmEvent): CrmMessage {
  const { data } = event;
  const byCustomer = isByCustomer(event);
  const message = messageIn(chat, id, {
    direction: byCustomer ? 'in' : 'out',
    type: text(data['message_type']) ?? 'text',
    text: text(data['text']),
    attachments: attachmentsOf(data),
    details: detailsOf(data),
    inApp: data['source'] === 'platform_app',
    at: Date.parse(event.timestamp) || Date.now(),
  });
  if (kind === 'edited') edit(message, data, byCustomer);
  else if (kind === 'deleted') {
    Object.assign(message, { deleted: true, deletedByOwner: !byCustomer });
    Object.assign(message, { text: null, attachments: [], details: {} });
    Object.assign(message, { reaction: null, ownReaction: null });
  } else if (kind === 'reaction') {
    const emoji = data['action'] === 'unreact' ? null : (text(data['emoji']) ?? '❤️');
    message[byCustomer ? 'reaction' : 'ownReaction'] = emoji;
  } else if (kind === 'delayed') {
    message.delay = delayOf(data);
  } else {
    advance(message, kind, event.sequence);
    if (kind === message.status) message.error = errorOf(data);
    message.holds = message.status === 'unconfirmed' && data['holds'] === true;
    if (kind === 'sent' && message.actsOn) takeEffect(chat, message);
  }
  return message;
}

function edit(message: CrmMessage, data: CrmEvent['data'], byCustomer: boolean): void {
  Object.assign(message, { edited: true, editedByOwner: !byCustomer });
  message.text = text(data['text']);
  message.attachments = attachmentsOf(data);
  message.details = detailsOf(data);
}

/** A reaction or an edit of ours shows at its message once the platform has it. */
function takeEffect(chat: Chat, { type, actsOn, text: words }: CrmMessage): void {
  const target = chat.messages.find(({ id }) => id === actsOn);
  if (!target) return;
  if (type === 'reaction') target.ownReaction = words;
  else Object.assign(target, { text: words, edited: true });
}

function errorOf(data: Record<string, unknown>): CrmMessage['error'] {
  const { error } = data;
  if (typeof error !== 'object' || error === null) return null;
  const { code, message, detail } = error as Record<string, unknown>;
  return { code: String(code ?? 'unknown'), message: text(message) ?? text(detail) ?? '' };
}

function attachmentsOf({ attachments }: Record<string, unknown>): Attachment[] {
  return Array.isArray(attachments) ? attachments.filter(isAttachment) : [];
}

function isAttachment(value: unknown): value is Attachment {
  return typeof (value as { type?: unknown } | null)?.type === 'string';
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
