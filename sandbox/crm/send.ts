import { randomUUID } from 'node:crypto';
import type { Feed } from '../feed.ts';
import type { Attachment, Chat, CrmMessage, CrmState } from './inbox.ts';
import { advance, chatWith, messageIn } from './inbox.ts';
import type { Problem, RouterApi } from './router-api.ts';

export type SendDeps = {
  state: CrmState;
  router: RouterApi;
  /** Every channel; an answer that names none goes over the first. */
  channels: string[];
  feed: Feed;
  changed: () => void;
};

/** A `content` of the router's API; what it may hold is the router's to say. */
export type Content = { type: string; [member: string]: unknown };

export type Outgoing = {
  channel?: string | undefined;
  customer_id: string;
  content: Content;
  /** A message of the chat that it quotes. */
  reply_to?: string | undefined;
  /** What a template says once it is filled; the chat shows it. */
  preview?: string | undefined;
};

/**
 * Sends through `POST /api/v1/messages`. The message is in the chat before the router has it,
 * because its first event may overtake the 202.
 * Throws {@link RequestError} 409 while no router, or no account of the channel, is wired.
 */
export async function sendMessage(deps: SendDeps, given: Outgoing): Promise<CrmMessage> {
  const { state, router, feed, changed } = deps;
  const accountId = router.accountOn(given.channel ?? deps.channels[0] ?? '');
  const chat = chatWith(state, accountId, given.customer_id);
  const message = messageIn(chat, randomUUID(), shown(given));
  advance(message, 'sending');
  changed();
  const answer = await router.ask('POST', '/api/v1/messages', {
    account_id: accountId,
    recipient: given.customer_id,
    content: given.content,
    message_id: message.id,
    ...(given.reply_to !== undefined && { reply_to: given.reply_to }),
  });
  const refusal = 'problem' in answer ? answer.problem : null;
  if (refusal === null) advance(message, 'pending');
  else Object.assign(message, { status: 'rejected', error: refusal });
  tell(feed, chat, { what: NAMES[given.content.type] ?? 'the file', refusal });
  changed();
  return message;
}

const NAMES: Record<string, string> = {
  text: 'the answer',
  template: 'the template',
  reaction: 'the reaction',
  edit: 'the change',
};

/** How the chat shows it. Of a reaction the text is its emoji. */
function shown({ content, reply_to: replyTo, preview }: Outgoing): Partial<CrmMessage> {
  const { type } = content;
  const text = (name: string) => (typeof content[name] === 'string' ? String(content[name]) : null);
  const base = { type, replyTo: replyTo ?? null };
  switch (type) {
    case 'text':
      return { ...base, text: text('text') };
    case 'template':
      return { ...base, text: preview ?? text('name') };
    case 'reaction':
      return { ...base, text: text('emoji'), actsOn: text('message_id') };
    case 'edit':
      return { ...base, text: text('text'), actsOn: text('message_id') };
    default: {
      const file = { url: text('url'), file_name: text('file_name') };
      const known = Object.entries(file).filter(([, value]) => value !== null);
      const attachment = { type, ...Object.fromEntries(known) } as Attachment;
      return { ...base, text: text('caption'), attachments: [attachment] };
    }
  }
}

function tell(
  feed: Feed,
  chat: Chat,
  { what, refusal }: { what: string; refusal: Problem | null },
) {
  const between = { from: 'crm', to: 'router', customerId: chat.customerId } as const;
  if (refusal === null)
    feed.add({
      ...between,
      tone: 'good',
      title: `The router accepted ${what}: 202`,
      detail: 'It is stored; from here on it cannot get lost.',
    });
  else
    feed.add({
      ...between,
      tone: 'bad',
      title: `The router did not accept ${what}: ${refusal.code}`,
      detail: refusal.message,
    });
}
