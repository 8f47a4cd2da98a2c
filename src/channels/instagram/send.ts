import type { OutgoingContent } from '../../domain/outgoing-content.ts';
import type { SendOutcome } from '../../domain/outcome.ts';
import type { ChannelAccount, SendRequest } from '../channel.ts';
import type { ErrorOptions } from '../meta-errors.ts';
import { parseAnswer } from '../meta-json.ts';
import type { PlatformHttp } from '../platform-http.ts';
import { failureOf } from './errors.ts';
import { graphUrl, ReactionAnswer, SendAnswer } from './schema.ts';
import { needsHumanAgentTag } from './window.ts';

/** What the calls to Instagram share. */
export type InstagramCalls = ErrorOptions & {
  http: PlatformHttp;
  apiUrl: string;
  /** Whether Meta lets the app answer as a person for seven days ("Human Agent"). */
  humanAgent: boolean;
};

/**
 * Sends one text, file or reaction: `POST /{IG_ID}/messages`, following "Send messages" of Meta's
 * Messaging API with Instagram login. The token goes in a header, for URLs end up in logs. Never
 * throws.
 */
export async function send(
  calls: InstagramCalls,
  account: ChannelAccount,
  request: SendRequest,
): Promise<SendOutcome> {
  const token = account.credentials['access_token'] ?? '';
  const result = await calls.http.call({
    method: 'POST',
    url: graphUrl(calls.apiUrl, `${encodeURIComponent(account.externalId)}/messages`),
    headers: { authorization: `Bearer ${token}` },
    json: bodyOf(calls, request),
    deadline: request.deadline,
    answerTimeoutMs: request.answerTimeoutMs,
    onLeaving: request.onLeaving,
  });
  if (result.kind === 'answer' && result.status >= 200 && result.status < 300) {
    const sent = readSent(request.content, parseAnswer(result.body));
    if (sent) return sent;
  }
  const hide = [token, request.recipientId, account.externalId, ...wordsOf(request.content)];
  return failureOf(result, hide, calls, account.externalId);
}

/** A reaction has no id of its own; anything else without one may or may not be there. */
function readSent(content: OutgoingContent, body: unknown): SendOutcome | undefined {
  if (content.type === 'reaction') {
    const done = ReactionAnswer.safeParse(body).success;
    return done ? { class: 'sent', platformMessageId: null } : undefined;
  }
  const answer = SendAnswer.safeParse(body).data;
  return answer && { class: 'sent', platformMessageId: answer.message_id };
}

function bodyOf(calls: InstagramCalls, request: SendRequest): object {
  const { content, refersTo } = request;
  const recipient = { id: request.recipientId };
  if (content.type === 'reaction') return { recipient, ...reactionOf(content.emoji, refersTo) };
  const tagged = calls.humanAgent && needsHumanAgentTag(request.customerWroteAt, Date.now());
  return {
    recipient,
    message: messageOf(content),
    ...(refersTo === null ? {} : { reply_to: { mid: refersTo } }),
    ...(tagged ? { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' } : {}),
  };
}

function reactionOf(emoji: string | null, messageId: string | null): object {
  return emoji === null
    ? { sender_action: 'unreact', payload: { message_id: messageId } }
    : { sender_action: 'react', payload: { message_id: messageId, reaction: emoji } };
}

function messageOf(content: OutgoingContent): object {
  if (content.type === 'text') return { text: content.text };
  const media = 'mediaId' in content ? content : { type: content.type, url: null, mediaId: null };
  const payload = media.mediaId === null ? { url: media.url } : { attachment_id: media.mediaId };
  const type = media.type === 'document' ? 'file' : media.type;
  return { attachment: { type, payload } };
}

function wordsOf(content: OutgoingContent): string[] {
  return content.type === 'text' ? [content.text] : 'url' in content ? [content.url ?? ''] : [];
}
