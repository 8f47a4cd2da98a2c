/** A file, a place or a contact, as the router tells of it; `url` alone of what the CRM sent. */
export type Attachment = {
  type: string;
  url?: string;
  media_id?: string;
  file_name?: string;
  title?: string;
};

/** A message as the demo CRM knows it. `sending` and `rejected` are before the router's 202. */
export type CrmMessage = {
  id: string;
  direction: 'in' | 'out';
  type: string;
  text: string | null;
  attachments: Attachment[];
  /** What it carries beside them: `referral`, `order`, …, as the event has it. */
  details: Record<string, unknown>;
  /** Who of a group wrote it. */
  writtenBy: string | null;
  /** Whether somebody typed it in the platform's own app. */
  inApp: boolean;
  /** Milliseconds since 1970: the platform's time of a customer's message, ours of an answer. */
  at: number;
  status: string | null;
  /** Every status with the time it reached the CRM. */
  history: { status: string; at: number }[];
  /** The sequence of the newest event that it was told in; replayed dead letters are older. */
  told: number;
  error: { code: string; message: string } | null;
  /** Why it waits, from `message.delayed`. */
  delay: string | null;
  /** Of an unconfirmed one: the conversation waits until somebody decides. */
  holds: boolean;
  edited: boolean;
  /** Whether it was the account's owner who changed it, in the platform's own app. */
  editedByOwner: boolean;
  deleted: boolean;
  /** Whether it was the account's owner who took it back, in the platform's own app. */
  deletedByOwner: boolean;
  /** The customer's, and the CRM's own. */
  reaction: string | null;
  ownReaction: string | null;
  /** The message that it quotes. */
  replyTo: string | null;
  /** Of a reaction or an edit by the CRM: the message that it is about. */
  actsOn: string | null;
};

export type Chat = {
  accountId: string;
  customerId: string | null;
  username: string | null;
  name: string | null;
  conversationId: string | null;
  /** The highest sequence seen; 0 before the first event. */
  lastSequence: number;
  /** Sequences that were passed over and have not come since. */
  missing: number[];
  messages: CrmMessage[];
};

export type CrmState = {
  chats: Map<string, Chat>;
  /** `webhook-id` of every event taken, with the time: a second one is only acknowledged. */
  seen: Map<string, number>;
};

/** The envelope of every event, read leniently: a receiver must bear new members and types. */
export type CrmEvent = {
  id: string;
  type: string;
  account_id: string;
  conversation_id: string | null;
  sequence: number | null;
  timestamp: string;
  data: Record<string, unknown>;
};

const KEPT_MESSAGES = 1000;
const KEPT_IDS = 50_000;
/** A status never goes back, but for a platform that took a message and then says that it failed. */
const RANK: Record<string, number> = {
  sending: 0,
  pending: 1,
  unconfirmed: 2,
  failed: 3,
  sent: 3,
  delivered: 4,
  read: 5,
};

export function emptyCrm(): CrmState {
  return { chats: new Map(), seen: new Map() };
}

/** Whether this id is new; from then on it is not. */
export function takeOnce(state: CrmState, webhookId: string): boolean {
  if (state.seen.has(webhookId)) return false;
  state.seen.set(webhookId, Date.now());
  if (state.seen.size > KEPT_IDS) state.seen.delete(state.seen.keys().next().value ?? '');
  return true;
}

/** The chat of a customer, made if it is not there. */
export function chatWith(state: CrmState, accountId: string, customerId: string): Chat {
  const key = `${accountId}/${customerId}`;
  const chat = state.chats.get(key) ?? newChat(accountId, customerId);
  state.chats.set(key, chat);
  return chat;
}

/** The chat an event belongs to: by its conversation, its message, or the ids it names. */
export function chatOf(state: CrmState, event: CrmEvent): Chat {
  const { data, account_id: accountId, conversation_id: conversationId } = event;
  const messageId = text(data['message_id']);
  // Events a customer caused name the sender; what became of an answer, and what the owner did in the
  // platform's app, names the recipient. In a group several people write into one chat.
  const group = (data['group'] ?? {}) as Record<string, unknown>;
  const senderId = isByCustomer(event) ? text(data['sender_id']) : null;
  const customerId = text(group['id']) ?? senderId ?? text(data['recipient_id']);
  const known = [...state.chats.values()].find(
    (chat) =>
      chat.accountId === accountId &&
      ((conversationId !== null && chat.conversationId === conversationId) ||
        chat.messages.some(({ id }) => id === messageId)),
  );
  const chat = known ?? chatWith(state, accountId, customerId ?? `conversation ${conversationId}`);
  chat.conversationId = conversationId ?? chat.conversationId;
  chat.customerId ??= customerId;
  return chat;
}

const CUSTOMER_EVENTS = /^message\.(received|edited|deleted|reaction)$/;

/** Whether the customer did it, and not we: in an answer, or in the platform's own app. */
export function isByCustomer({ type, data }: CrmEvent): boolean {
  return CUSTOMER_EVENTS.test(type) && data['source'] !== 'platform_app';
}

/** Notes the sequence; returns the numbers that were passed over just now. */
export function noteSequence(chat: Chat, sequence: number | null): number[] {
  if (sequence === null) return [];
  chat.missing = chat.missing.filter((number) => number !== sequence);
  const first = chat.lastSequence === 0 ? sequence : chat.lastSequence + 1;
  const passed = [];
  for (let number = first; number < sequence && passed.length < 100; number++) passed.push(number);
  chat.missing.push(...passed);
  chat.lastSequence = Math.max(chat.lastSequence, sequence);
  return passed;
}

/** Finds the message or adds it at the end. */
export function messageIn(chat: Chat, id: string, fresh: Partial<CrmMessage>): CrmMessage {
  const known = chat.messages.find((message) => message.id === id);
  if (known) return known;
  const message: CrmMessage = {
    id,
    direction: 'out',
    type: 'text',
    text: null,
    attachments: [],
    details: {},
    writtenBy: null,
    inApp: false,
    at: Date.now(),
    status: null,
    history: [],
    told: 0,
    error: null,
    delay: null,
    holds: false,
    edited: false,
    editedByOwner: false,
    deleted: false,
    deletedByOwner: false,
    reaction: null,
    ownReaction: null,
    replyTo: null,
    actsOn: null,
    ...fresh,
  };
  chat.messages.push(message);
  if (chat.messages.length > KEPT_MESSAGES) chat.messages.shift();
  return message;
}

/** Moves a message on; an older status is only written into its history. */
export function advance(message: CrmMessage, status: string, sequence?: number | null): void {
  message.history.push({ status, at: Date.now() });
  if (sequence) {
    if (sequence < message.told) return;
    message.told = sequence;
  }
  if (status === 'pending' && message.status === 'failed') message.error = null;
  if ((RANK[status] ?? 0) < (RANK[message.status ?? ''] ?? 0)) return;
  message.status = status;
  if (status !== 'pending') message.delay = null;
  if (status !== 'failed' && status !== 'unconfirmed') message.error = null;
}

function newChat(accountId: string, customerId: string): Chat {
  return {
    accountId,
    customerId: customerId.startsWith('conversation ') ? null : customerId,
    username: null,
    name: null,
    conversationId: null,
    lastSequence: 0,
    missing: [],
    messages: [],
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
