import type { Json } from './content.ts';
import { contactOf, newMessageId, seconds, senderOf } from './envelope.ts';
import type { MediaStore } from './media.ts';
import { fileMember } from './media-member.ts';
import {
  type Account,
  type Button,
  type Message,
  type Thread,
  type WhatsAppState,
  addMessage,
} from './state.ts';
import type { Statuses } from './statuses.ts';
import { contextOf } from './message-context.ts';
import type { WhatsAppWebhooks } from './webhooks.ts';
import type { Written } from './written.ts';

/** What a person can do in WhatsApp. Every verb changes the chat and emits a webhook. */
export type CustomerActions = {
  write(thread: Thread, given: Written): Message;
  react(thread: Thread, message: Message, emoji: string | null, absent?: boolean): string;
  revoke(thread: Thread, message: Message): string;
  edit(thread: Thread, message: Message, text: string): string;
  press(thread: Thread, message: Message, button: Button): Message;
  /** All of the business's messages up to this one. */
  read(thread: Thread, upTo: Message): void;
  /** Another number, or another BSUID; the chat goes on under the new one. */
  changeNumber(thread: Thread, next: NumberChange): void;
  /** Messages exactly as given; sender, id and timestamp are added where missing. */
  raw(
    thread: Thread,
    messages: Json[],
    rest: { contacts?: object[] | undefined; errors?: object[] | undefined },
  ): void;
};

/** `named: customer`: in the words of older versions. Without contacts nobody says who it is. */
export type NumberChange = {
  number?: string | undefined;
  userId?: string | undefined;
  named: 'user' | 'customer';
  contacts: boolean;
};

type Deps = {
  state: WhatsAppState;
  webhooks: WhatsAppWebhooks;
  statuses: Statuses;
  media: MediaStore;
  now: () => number;
};

/** What differs from webhook to webhook beside the message. */
type Beside = { at?: number; field?: string; contacts?: object[] };

export function createCustomerActions(deps: Deps): CustomerActions {
  const { state, webhooks, statuses, now } = deps;
  const accountOf = ({ accountId }: Thread): Account => {
    const account = state.accounts.get(accountId);
    if (account) return account;
    throw new Error(`Account ${accountId} is gone.`);
  };
  const numberOf = (thread: Thread) => thread.number ?? thread.userId;

  function emit(thread: Thread, message: Json, { at = now(), ...beside }: Beside = {}): string {
    const id = message['id'] ?? newMessageId(numberOf(thread));
    const full = { ...senderOf(thread), id, timestamp: seconds(at), ...message };
    const value = { contacts: [contactOf(thread)], ...beside, messages: [full] };
    if (!thread.blockedByBusiness)
      void webhooks.emit(accountOf(thread), { customer: thread.id, ...value });
    return String(id);
  }

  function write(thread: Thread, given: Written): Message {
    const at = given.timestamp ?? now();
    const { accountId } = thread;
    const item = given.file && deps.media.add({ accountId, ...given.file, from: 'customer' });
    const { type, group, replyTo = null } = given;
    const message = addMessage(group ?? thread, numberOf(thread), {
      ...{ from: 'customer', at, type, replyTo, author: thread.id, status: 'sent' },
      text: given.text ?? null,
      ...(given.sample !== undefined && { sample: given.sample }),
      media: item ? { type, id: item.id, link: null, name: item.filename } : null,
    });
    if (!group) thread.lastInboundAt = Math.max(thread.lastInboundAt ?? 0, at);
    const content = item
      ? { ...fileMember(item, deps.media, webhooks.settings), ...(given.content as Json) }
      : given.content;
    const body = {
      ...{ id: message.id, type },
      ...(content !== undefined && { [type]: content }),
      ...contextOf(thread, given, accountOf(thread)),
      ...(group && { group_id: group.id }),
      ...given.extra,
    };
    emit(thread, body, { at, ...(given.standby && { field: 'standby' }) });
    return message;
  }

  return {
    write,
    react(thread, message, emoji, absent = false) {
      if (emoji === null) delete message.reactions.customer;
      else message.reactions.customer = emoji;
      const shown = absent ? {} : { emoji: emoji ?? '' };
      const reaction = { message_id: message.id, ...shown };
      thread.lastInboundAt = now();
      return emit(thread, { type: 'reaction', reaction });
    },
    revoke(thread, message) {
      Object.assign(message, { deleted: true, text: null, media: null });
      return emit(thread, { type: 'revoke', revoke: { original_message_id: message.id } });
    },
    edit(thread, message, text) {
      Object.assign(message, { text, edited: true });
      const edited =
        message.type === 'text'
          ? { type: 'text', text: { body: text } }
          : { type: message.type, [message.type]: { caption: text } };
      const edit = { original_message_id: message.id, message: edited };
      return emit(thread, { type: 'edit', edit });
    },
    press(thread, message, button) {
      const { title } = button;
      const answer = { replyTo: message.id, text: title };
      if (button.kind === 'template')
        return write(thread, {
          ...answer,
          type: 'button',
          content: { payload: button.payload, text: title },
        });
      const { kind: _kind, ...chosen } = button;
      const type = button.kind === 'list' ? 'list_reply' : 'button_reply';
      return write(thread, {
        ...answer,
        type: 'interactive',
        content: { type, [type]: chosen },
      });
    },
    read(thread, upTo) {
      const account = accountOf(thread);
      const seen = thread.messages.slice(0, thread.messages.indexOf(upTo) + 1);
      for (const message of seen)
        if (message.from === 'business' && !message.failure && message.status !== 'read')
          statuses.read(account, message, thread);
    },
    changeNumber(thread, next) {
      const { number, userId } = next;
      const system = systemOf(thread, next);
      emit(thread, { type: 'system', system }, next.contacts ? {} : { contacts: [] });
      state.threads.delete(`${thread.accountId}/${thread.id}`);
      if (number) Object.assign(thread, { number, id: number });
      if (userId) Object.assign(thread, { userId, id: thread.number ?? userId });
      state.threads.set(`${thread.accountId}/${thread.id}`, thread);
    },
    raw(thread, messages, { contacts = [contactOf(thread)], errors }) {
      const full = messages.map((message) => ({
        ...{ ...senderOf(thread), id: newMessageId(numberOf(thread)), timestamp: seconds(now()) },
        ...message,
      }));
      const item = { contacts, messages: full, ...(errors && { errors }) };
      void webhooks.emit(accountOf(thread), { customer: thread.id, ...item });
    },
  };
}

/** Older versions say "customer", and have the number before the change in a member of that name. */
function systemOf({ number: old, userId: oldId }: Thread, next: NumberChange): Json {
  const { number, userId, named } = next;
  const before = old ?? oldId;
  const older = named === 'customer' && { customer: before };
  return number
    ? {
        ...{ type: `${named}_changed_number`, wa_id: number, ...older },
        body: `${before} changed to ${number}`,
      }
    : { type: `${named}_changed_user_id`, user_id: userId, body: 'The user id has changed' };
}
