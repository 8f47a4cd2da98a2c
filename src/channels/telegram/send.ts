import type { OutgoingContent } from '../../domain/outgoing-content.ts';
import { textOf } from '../../domain/outgoing-content.ts';
import type { SendOutcome } from '../../domain/outcome.ts';
import type { ChannelAccount, SendRequest } from '../channel.ts';
import type { PlatformResult } from '../platform-http.ts';
import { messageRefId, parseMessageRef, parsePlace, placeId, wireId } from './address.ts';
import type { MessageRef, Place } from './address.ts';
import { callMethod, resultOf, secretsOf, type TelegramCalls } from './api.ts';
import { SentMessage } from './answers.ts';
import { errorIn, failureOf } from './errors.ts';
import { mediaMethod } from './media-kind.ts';
import { reactionEmoji } from './reactions.ts';

type Call = { method: string; parameters: Record<string, unknown> };

/**
 * Makes one call: `sendMessage`, `sendPhoto` and its like, `editMessageText`,
 * `editMessageCaption` or `setMessageReaction`, following "Available methods" of the Bot API. Never throws.
 */
export async function send(
  calls: TelegramCalls,
  account: ChannelAccount,
  request: SendRequest,
): Promise<SendOutcome> {
  const token = account.credentials['bot_token'] ?? '';
  const call = callOf(request);
  if (!call) {
    const message = 'The recipient, or the message it refers to, is none of this chat.';
    return { class: 'refused', code: 'invalid_id', message };
  }
  const result = await callMethod(calls, token, call.method, call.parameters, request);
  const outcome = outcomeOf(result, request) ?? failureOf(result, hiddenOf(token, request));
  return outcome.class === 'migrated' ? inSameTopic(outcome, request.recipientId) : outcome;
}

type Migrated = Extract<SendOutcome, { class: 'migrated' }>;

/** What was meant for a topic must not go to everybody in the group's new chat. */
function inSameTopic(outcome: Migrated, recipientId: string): Migrated {
  const place = parsePlace(recipientId);
  if (!place) return outcome;
  return { ...outcome, newRecipientId: placeId({ ...place, chatId: outcome.newRecipientId }) };
}

function callOf(request: SendRequest): Call | null {
  const { content, refersTo } = request;
  const place = parsePlace(request.recipientId);
  if (!place) return null;
  if (content.type === 'reaction' || content.type === 'edit') {
    const target = parseMessageRef(refersTo ?? '');
    // A group that became a supergroup numbers its messages anew: the number is another message's.
    if (!target || target.chatId !== place.chatId) return null;
    return changeOf(content, target);
  }
  const parameters = { ...addressOf(place), ...replyOf(place, refersTo) };
  if (content.type === 'text')
    return { method: 'sendMessage', parameters: { ...parameters, text: content.text } };
  if (content.type === 'template') return null;
  const { method, member } = mediaMethod(content);
  const media = {
    [member]: content.mediaId ?? content.url,
    ...(content.caption === null ? {} : { caption: content.caption }),
  };
  return { method, parameters: { ...parameters, ...media } };
}

function changeOf(
  content: Extract<OutgoingContent, { type: 'reaction' | 'edit' }>,
  target: MessageRef,
): Call {
  const chat_id = wireId(target.chatId);
  const message_id = wireId(target.messageId);
  if (content.type === 'edit') {
    const { caption, text } = content;
    return caption
      ? { method: 'editMessageCaption', parameters: { chat_id, message_id, caption: text } }
      : { method: 'editMessageText', parameters: { chat_id, message_id, text } };
  }
  const emoji = content.emoji === null ? null : reactionEmoji(content.emoji);
  const reaction = emoji === null ? [] : [{ type: 'emoji', emoji }];
  return { method: 'setMessageReaction', parameters: { chat_id, message_id, reaction } };
}

function addressOf({ chatId, threadId, directId }: Place): Record<string, unknown> {
  return {
    chat_id: wireId(chatId),
    ...(threadId === null ? {} : { message_thread_id: wireId(threadId) }),
    ...(directId === null ? {} : { direct_messages_topic_id: wireId(directId) }),
  };
}

/**
 * A message that is gone does not keep its answer from being sent. One of another chat, such as the
 * group that this supergroup was, cannot be quoted here.
 */
function replyOf(place: Place, refersTo: string | null): Record<string, unknown> {
  const target = parseMessageRef(refersTo ?? '');
  if (!target || target.chatId !== place.chatId) return {};
  const message_id = wireId(target.messageId);
  return { reply_parameters: { message_id, allow_sending_without_reply: true } };
}

/** Undefined where the call did not bring what was asked for. */
function outcomeOf(result: PlatformResult, request: SendRequest): SendOutcome | undefined {
  const { type } = request.content;
  const changes = type === 'edit' || type === 'reaction';
  const done = resultOf(result);
  if (changes) {
    // An edit that was made before, by a call whose answer was lost, is refused like this.
    const made = /message is not modified/i.test(errorIn(result)?.description ?? '');
    return done || (type === 'edit' && made)
      ? { class: 'sent', platformMessageId: null }
      : undefined;
  }
  const sent = SentMessage.safeParse(done?.result).data;
  if (!sent) return undefined;
  const chatId = sent.chat?.id ?? parsePlace(request.recipientId)?.chatId ?? '';
  return {
    class: 'sent',
    platformMessageId: messageRefId({ chatId, messageId: sent.message_id }),
  };
}

function hiddenOf(token: string, { content, recipientId }: SendRequest): string[] {
  const place = parsePlace(recipientId);
  const address = 'url' in content ? [content.url, content.mediaId, content.fileName] : [];
  return [
    ...secretsOf(token),
    ...[recipientId, place?.chatId, place?.directId, textOf(content), ...address].filter(
      (one) => typeof one === 'string',
    ),
  ];
}
