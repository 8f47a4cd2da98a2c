import type { Json } from './content.ts';
import { contactOf, newMessageId, seconds } from './envelope.ts';
import type { MediaStore } from './media.ts';
import { fileMember } from './media-member.ts';
import { type Message, type Thread, type WhatsAppState, addMessage } from './state.ts';
import type { WhatsAppWebhooks } from './webhooks.ts';
import type { Written } from './written.ts';

/**
 * What the owner does in the WhatsApp Business app; each is told as `smb_message_echoes`, and
 * answers the id of what was told.
 */
export type OwnerActions = {
  write(thread: Thread, given: Written): string;
  edit(thread: Thread, message: Message, text: string): string;
  revoke(thread: Thread, message: Message): string;
  /** Null takes the reaction back. */
  react(thread: Thread, message: Message, emoji: string | null): string;
};

type Deps = {
  state: WhatsAppState;
  webhooks: WhatsAppWebhooks;
  media: MediaStore;
  now: () => number;
};

export function createOwnerActions({ state, webhooks, media, now }: Deps): OwnerActions {
  function echo(thread: Thread, message: Json): string {
    const account = state.accounts.get(thread.accountId);
    if (!account) throw new Error(`Account ${thread.accountId} is gone.`);
    const id = message['id'] ?? newMessageId(thread.number ?? thread.userId);
    const to = thread.numberHidden ? {} : { to: thread.number };
    const ends = { from: account.number, ...to, to_user_id: thread.userId };
    const echoed = { ...ends, id, timestamp: seconds(now()), ...message };
    const field = 'smb_message_echoes';
    const contacts = [contactOf(thread)];
    void webhooks.emit(account, { customer: thread.id, field, contacts, message_echoes: [echoed] });
    return String(id);
  }

  return {
    write(thread, { type, text = null, file, content }) {
      const { accountId } = thread;
      const item = file && media.add({ accountId, ...file, from: 'customer' });
      const message = addMessage(thread, thread.number ?? thread.userId, {
        ...{ from: 'business', via: 'app', at: now(), type, text, status: 'delivered' },
        media: item ? { type, id: item.id, link: null, name: item.filename } : null,
      });
      const member = item
        ? { ...fileMember(item, media, webhooks.settings), ...(content as Json) }
        : content;
      return echo(thread, { id: message.id, type, [type]: member });
    },
    edit(thread, message, text) {
      Object.assign(message, { text, edited: true });
      const edited = message.media
        ? { type: message.type, [message.type]: { caption: text } }
        : { type: 'text', text: { body: text } };
      return echo(thread, {
        type: 'edit',
        edit: { original_message_id: message.id, message: edited },
      });
    },
    revoke(thread, message) {
      Object.assign(message, { deleted: true, text: null, media: null });
      return echo(thread, { type: 'revoke', revoke: { original_message_id: message.id } });
    },
    react(thread, message, emoji) {
      if (emoji === null) delete message.reactions.business;
      else message.reactions.business = emoji;
      const reaction = { message_id: message.id, emoji: emoji ?? '' };
      return echo(thread, { type: 'reaction', reaction });
    },
  };
}
