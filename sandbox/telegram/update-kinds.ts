import type { Bot, Chat, PendingUpdate } from './state.ts';

/** Members of an `Update` that the sandbox can produce or a test may send raw. */
export const UPDATE_KINDS = [
  ...['message', 'edited_message', 'channel_post', 'edited_channel_post'],
  ...['business_connection', 'business_message', 'edited_business_message'],
  ...['deleted_business_messages', 'message_reaction', 'message_reaction_count', 'inline_query'],
  ...['chosen_inline_result', 'callback_query', 'shipping_query', 'pre_checkout_query'],
  ...['purchased_paid_media', 'poll', 'poll_answer', 'my_chat_member', 'chat_member'],
  ...['chat_join_request', 'chat_boost', 'removed_chat_boost'],
];

/** Told only to a bot that lists them. */
const NOT_BY_DEFAULT = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);

/** Whether the bot gets updates of this kind. A kind that nobody knows yet goes to everyone. */
export function isAllowed({ allowedUpdates }: Bot, kind: string): boolean {
  if (!UPDATE_KINDS.includes(kind)) return true;
  return allowedUpdates === null ? !NOT_BY_DEFAULT.has(kind) : allowedUpdates.includes(kind);
}

/** `allowed_updates` of a call: unknown names are dropped, an empty list is the default one. */
export function readAllowed(given: unknown[]): string[] | null {
  const known = given.filter((name): name is string => UPDATE_KINDS.includes(name as string));
  return known.length > 0 ? known : null;
}

/**
 * What is delivered one after the other: messages and edits of a chat, buttons of a person,
 * reactions of a chat, member changes of a chat. So a button can overtake a message.
 */
export function laneOf(kind: string, chat: Pick<Chat, 'id'>, personId: string | null): string {
  if (kind === 'callback_query') return `callback/${personId ?? chat.id}`;
  if (kind.startsWith('message_reaction')) return `reaction/${chat.id}`;
  if (kind.endsWith('chat_member')) return `member/${chat.id}`;
  return `message/${chat.id}`;
}

/** The body of a webhook, and an element of what `getUpdates` returns. */
export function updateJson({ updateId, kind, payload }: PendingUpdate): object {
  return { update_id: updateId, [kind]: payload };
}
