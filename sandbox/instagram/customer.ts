import type { DirectMessage, InstagramState, MediaItem, Thread } from './state.ts';
import { addMessage } from './state.ts';
import type { WebhookSender } from './webhooks.ts';

/** What a person can do in the Instagram app. Every verb changes the thread and emits a webhook. */
export type CustomerActions = {
  write(thread: Thread, given: Written): DirectMessage;
  /** The account's owner types in Instagram itself: an echo without a call of the API. */
  writeAsBusiness(thread: Thread, given: { text: string }): DirectMessage;
  react(thread: Thread, message: DirectMessage, emoji: string | null): void;
  /** Everything up to this message is seen; one webhook with this message's id. */
  see(thread: Thread, message: DirectMessage): void;
  unsend(thread: Thread, message: DirectMessage): void;
  edit(thread: Thread, message: DirectMessage, text: string): void;
  tap(thread: Thread, given: { title: string; payload: string }): string;
  /** Messaging items exactly as given; sender, recipient and timestamp are added where missing. */
  raw(thread: Thread, items: Record<string, unknown>[]): void;
};

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

export function createCustomerActions(deps: {
  state: InstagramState;
  webhooks: Pick<WebhookSender, 'emit'>;
  now: () => number;
}): CustomerActions {
  const { webhooks, now } = deps;

  function emit(thread: Thread, item: object, at = now()): void {
    const { accountId, customerId } = thread;
    const ends = { sender: { id: customerId }, recipient: { id: accountId }, timestamp: at };
    webhooks.emit(accountId, customerId, [{ ...ends, ...item }]);
  }

  /** Some messages come as an edit number 0 that says nothing but their id. */
  function announce(thread: Thread, message: DirectMessage, given: Written): void {
    const { accountId, customerId } = thread;
    const edit = { message_edit: { mid: message.mid, num_edit: 0 } };
    if (given.told_as === 'edit_without_sender')
      webhooks.emit(accountId, customerId, [{ timestamp: message.at, ...edit }]);
    else if (given.told_as === 'edit') emit(thread, edit, message.at);
    else emit(thread, writtenItem(message, given), message.at);
  }

  return {
    write(thread, given) {
      const at = given.timestamp ?? now();
      const message = addMessage(thread, {
        from: 'customer',
        at,
        text: given.text ?? null,
        media: given.attachments ?? [],
        replyTo: given.reply_to ?? null,
        unsupported: given.unsupported ?? false,
      });
      thread.lastInboundAt = Math.max(thread.lastInboundAt ?? 0, at);
      announce(thread, message, given);
      return message;
    },
    writeAsBusiness(thread, { text }) {
      const message = addMessage(thread, { from: 'business', via: 'app', at: now(), text });
      emitEcho(webhooks, thread, message);
      return message;
    },
    react(thread, message, emoji) {
      if (emoji === null) delete message.reactions.customer;
      else message.reactions.customer = emoji;
      const reacted = emoji !== null && { reaction: REACTION_NAMES[emoji] ?? 'other', emoji };
      const action = emoji === null ? 'unreact' : 'react';
      emit(thread, { reaction: { mid: message.mid, action, ...reacted } });
    },
    see(thread, message) {
      const at = now();
      const upTo = thread.messages.indexOf(message);
      for (const earlier of thread.messages.slice(0, upTo + 1))
        if (earlier.from === 'business') earlier.seenAt ??= at;
      emit(thread, { read: { mid: message.mid } }, at);
    },
    unsend(thread, message) {
      Object.assign(message, { deleted: true, text: null, media: [] });
      emit(thread, { message: { mid: message.mid, is_deleted: true } });
    },
    edit(thread, message, text) {
      message.text = text;
      message.edits += 1;
      emit(thread, { message_edit: { mid: message.mid, text, num_edit: message.edits } });
    },
    tap(thread, { title, payload }) {
      const message = addMessage(thread, { from: 'customer', at: now(), text: title });
      thread.lastInboundAt = message.at;
      emit(thread, { postback: { mid: message.mid, title, payload } }, message.at);
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

function writtenItem({ mid }: DirectMessage, given: Written): object {
  const replyTo = given.story ? { story: given.story } : given.reply_to && { mid: given.reply_to };
  return {
    message: {
      mid,
      ...(given.text !== undefined && { text: given.text }),
      ...(given.attachments?.length && { attachments: given.attachments.map(asAttachment) }),
      ...(replyTo && { reply_to: replyTo }),
      ...(given.quick_reply !== undefined && { quick_reply: { payload: given.quick_reply } }),
      ...(given.unsupported && { is_unsupported: true }),
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
