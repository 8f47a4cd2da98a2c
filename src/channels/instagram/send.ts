import type { SendOutcome } from '../../domain/outcome.ts';
import type { ChannelAccount, SendRequest } from '../channel.ts';
import type { PlatformHttp } from '../platform-http.ts';
import { failureOf } from './errors.ts';
import type { ErrorOptions } from './errors.ts';
import { graphUrl, parseAnswer, SendAnswer } from './schema.ts';

/** What the calls to Instagram share. */
export type InstagramCalls = ErrorOptions & { http: PlatformHttp; apiUrl: string };

/**
 * Sends one text: `POST /{IG_ID}/messages`, following "Send messages" of Meta's Messaging API with
 * Instagram login. The token goes in a header, for URLs end up in logs. Never throws.
 */
export async function sendText(
  calls: InstagramCalls,
  account: ChannelAccount,
  request: SendRequest,
): Promise<SendOutcome> {
  const token = account.credentials['access_token'] ?? '';
  const result = await calls.http.call({
    method: 'POST',
    url: graphUrl(calls.apiUrl, `${encodeURIComponent(account.externalId)}/messages`),
    headers: { authorization: `Bearer ${token}` },
    json: { recipient: { id: request.recipientId }, message: { text: request.text } },
    deadline: request.deadline,
    answerTimeoutMs: request.answerTimeoutMs,
    onLeaving: request.onLeaving,
  });
  if (result.kind === 'answer' && result.status >= 200 && result.status < 300) {
    const answer = SendAnswer.safeParse(parseAnswer(result.body)).data;
    if (answer) return { class: 'sent', platformMessageId: answer.message_id };
  }
  const hide = [token, request.recipientId, account.externalId, request.text];
  return failureOf(result, hide, calls);
}
