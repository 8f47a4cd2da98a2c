import { MESSAGE_SAMPLES, itemOf, wordsOf } from './message-samples.ts';
import type { DirectMessage, InstagramState, MediaItem, Thread } from './state.ts';
import { addMessage } from './state.ts';
import type { WebhookSender } from './webhooks.ts';

/** What a person can do in the Instagram app. Every verb changes the thread and emits a webhook. */
export type CustomerActions = {
  write(thread: Thread, given: Written): DirectMessage;
  /** The account's owner types in Instagram itself: an echo without a call of the API. */
  writeAsBusiness(thread: Thread, given: Pick<Written, 'text' | 'attachments'>): DirectMessage;
  react(thread: Thread, message: DirectMessage, emoji: string | null, by?: Author): void;
  /** Everything up to this message is seen; one webhook with this message's id. */
  see(thread: Thread, message: DirectMessage): void;
  unsend(thread: Thread, message: DirectMessage, by?: Author): void;
  edit(thread: Thread, message: DirectMessage, text: string, by?: Author): void;
  tap(thread: Thread, given: { title: string; payload: string }): string;
  /** Messaging items exactly as given; sender, recipient and timestamp are added where missing. */
  raw(thread: Thread, items: Record<string, unknown>[]): void;
};

/** Whose app it happens in; the owner's is told with sender and recipient in each other's place. */
export type Author = 'customer' | 'owner';

export type Written = {
  text?: string | undefined;
  attachments?: MediaItem[] | undefined;
  reply_to?: string | undefined;
  story?: { id: string; url: string } | undefined;
  quick_reply?: string | undefined;
  unsupported?: boolean | undefined;
  referral?: Record<string, unknown> | undefined;
  /** The platform's time of the message, milliseconds since 1970; now if left out. */
  timestamp?: number | undefined;
  /** The name of a message of another kind, and members in place of its own. */
  sample?: string | undefined;
  members?: Record<string, unknown> | undefined;
  /** Another app holds the thread: told in the list of that name. */
  standby?: boolean | undefined;
  told_as?: 'message' | 'edit' | 'edit_without_sender' | undefined;
};

/** The platform's names for the emoji of its quick reactions. */
const REACTION_NAMES: Record<string, string> = {
  '❤': 'love',
  '❤️': 'love',
  '👍': 'like',
  '😂': 'laugh',
  '😆': 'laugh',
  '😮': 'wow',
  '😢': 'sad',
  '😠': 'angry',
};

/** What differs from webhook to webhook beside the item. */
type Telling = {
  at?: number;
  by?: Author | undefined;
  standby?: boolean | undefined;
};

export function createCustomerActions(deps: {
  state: InstagramState;
  webhooks: Pick<WebhookSender, 'emit'>;
  now: () => number;
}): CustomerActions {
  const { webhooks, now } = deps;

  function emit(thread: Thread, item: object, { at = now(), by, standby }: Telling = {}): void {
    const { accountId, customerId } = thread;
    const [sender, recipient] = by === 'owner' ? [accountId, customerId] : [customerId, accountId];
    const ends = { sender: { id: sender }, recipient: { id: recipient }, timestamp: at };
    const list = standby ? 'standby' : 'messaging';
    webhooks.emit(accountId, customerId, [{ ...ends, ...item }], list);
  }

  /** Some messages come as an edit number 0 that says nothing but their id. */
  function announce(thread: Thread, message: DirectMessage, given: Written): void {
    const { accountId, customerId } = thread;
    const edit = { message_edit: { mid: message.mid, num_edit: 0 } };
    if (given.told_as === 'edit_without_sender')
      webhooks.emit(accountId, customerId, [{ timestamp: message.at, ...edit }]);
    else if (given.told_as === 'edit') emit(thread, edit, { at: message.at });
    else emit(thread, writtenItem(message, given), { at: message.at, standby: given.standby });
  }

  return {
    write(thread, given) {
      const at = given.timestamp ?? now();
      const message = addMessage(thread, {
        from: 'customer',
        at,
        ...shownOf(given),
        replyTo: given.reply_to ?? null,
        unsupported: given.unsupported ?? false,
      });
      thread.lastInboundAt = Math.max(thread.lastInboundAt ?? 0, at);
      announce(thread, message, given);
      return message;
    },
    writeAsBusiness(thread, { text = null, attachments: media = [] }) {
      const message = addMessage(thread, { from: 'business', via: 'app', at: now(), text, media });
      emitEcho(webhooks, thread, message);
      return message;
    },
    react(thread, message, emoji, by = 'customer') {
      const whose = by === 'owner' ? 'business' : 'customer';
      if (emoji === null) delete message.reactions[whose];
      else message.reactions[whose] = emoji;
      const reacted = emoji !== null && { reaction: REACTION_NAMES[emoji] ?? 'other', emoji };
      const action = emoji === null ? 'unreact' : 'react';
      emit(thread, { reaction: { mid: message.mid, action, ...reacted } }, { by });
    },
    see(thread, message) {
      const at = now();
      const upTo = thread.messages.indexOf(message);
      for (const earlier of thread.messages.slice(0, upTo + 1))
        if (earlier.from === 'business') earlier.seenAt ??= at;
      emit(thread, { read: { mid: message.mid } }, { at });
    },
    unsend(thread, message, by = 'customer') {
      Object.assign(message, { deleted: true, text: null, media: [] });
      const echo = by === 'owner' && { is_echo: true };
      emit(thread, { message: { mid: message.mid, ...echo, is_deleted: true } }, { by });
    },
    edit(thread, message, text, by = 'customer') {
      message.text = text;
      message.edits += 1;
      const { mid, edits } = message;
      emit(thread, { message_edit: { mid, text, num_edit: edits } }, { by });
    },
    tap(thread, { title, payload }) {
      const message = addMessage(thread, { from: 'customer', at: now(), text: title });
      thread.lastInboundAt = message.at;
      emit(thread, { postback: { mid: message.mid, title, payload } }, { at: message.at });
      return message.mid;
    },
    raw(thread, items) {
      const { accountId, customerId } = thread;
      const ends = { sender: { id: customerId }, recipient: { id: accountId }, timestamp: now() };
      webhooks.emit(
        accountId,
        customerId,
        items.map((item) => ({ ...ends, ...item })),
      );
    },
  };
}

/** What the phone shows of it. */
function shownOf(given: Written): Pick<DirectMessage, 'text' | 'media'> & { sample?: string } {
  const { text = null, attachments = [], sample } = given;
  const known = sample === undefined ? undefined : MESSAGE_SAMPLES[sample];
  if (sample === undefined || !known) return { text, media: attachments };
  return { text: wordsOf(known), media: [], sample };
}

function writtenItem({ mid }: DirectMessage, given: Written): object {
  const sample = given.sample === undefined ? undefined : MESSAGE_SAMPLES[given.sample];
  if (sample) return itemOf(sample, mid, given.members);
  const replyTo = given.story ? { story: given.story } : given.reply_to && { mid: given.reply_to };
  return {
    message: {
      mid,
      ...(given.text !== undefined && { text: given.text }),
      ...(given.attachments?.length && { attachments: given.attachments.map(asAttachment) }),
      ...(replyTo && { reply_to: replyTo }),
      ...(given.quick_reply !== undefined && { quick_reply: { payload: given.quick_reply } }),
      ...(given.unsupported && { is_unsupported: true }),
      ...given.members,
    },
    ...(given.referral && { referral: given.referral }),
  };
}

/** View-once media comes without an address. */
function asAttachment({ type, url, title }: MediaItem): object {
  if (url === undefined) return { type };
  return { type, payload: { url, ...(title !== undefined && { title }) } };
}

/** The account's own message as the webhooks tell it: sender and recipient change places. */
export function emitEcho(
  webhooks: Pick<WebhookSender, 'emit'>,
  thread: Thread,
  { mid, text, media, at }: DirectMessage,
): void {
  const item = {
    sender: { id: thread.accountId },
    recipient: { id: thread.customerId },
    timestamp: at,
    message: {
      mid,
      ...(text !== null && { text }),
      ...(media.length > 0 && { attachments: media.map(asAttachment) }),
      is_echo: true,
    },
  };
  webhooks.emit(thread.accountId, thread.customerId, [item]);
}
