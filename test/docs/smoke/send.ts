import type { SendOutcome } from '../../../src/domain/outcome.ts';
import type { OutgoingContent } from '../../../src/domain/outgoing-content.ts';
import type { ChannelAccount, SendPlan, SendRequest } from '../../../src/channels/channel.ts';
import type { PlatformHttp } from '../../../src/channels/platform-http.ts';
import { splitText } from '../../../src/channels/text-parts.ts';
import { failureOf } from './errors.ts';
import { Lit, parseJson } from './schema.ts';

/** What the calls to Smoke share. */
export type SmokeCalls = { http: PlatformHttp; apiUrl: string };

/** UTF-16 units that one fire can say at once. */
const WORDS_LIMIT = 280;

/** Fires say words and nothing else. */
export function planSend(content: OutgoingContent): SendPlan {
  if (content.type !== 'text') {
    const detail = `Smoke carries texts, no ${content.type}.`;
    return { refused: { pointer: '/content/type', code: 'content_unsupported', detail } };
  }
  const parts = splitText(content.text, WORDS_LIMIT, (text) => text.length);
  return { parts: parts.map((text) => ({ type: 'text', text })), conversions: [] };
}

/** One call, one part: `POST /puffs`. Never throws. */
export async function send(
  calls: SmokeCalls,
  account: ChannelAccount,
  request: SendRequest,
): Promise<SendOutcome> {
  const words = request.content.type === 'text' ? request.content.text : '';
  const result = await calls.http.call({
    method: 'POST',
    url: `${calls.apiUrl}/puffs`,
    headers: authorization(account),
    json: { to: request.recipientId, words },
    deadline: request.deadline,
    answerTimeoutMs: request.answerTimeoutMs,
    onLeaving: request.onLeaving,
  });
  if (result.kind === 'answer' && result.status === 200) {
    const lit = Lit.safeParse(parseJson(result.body)).data;
    if (lit) return { class: 'sent', platformMessageId: lit.puff };
  }
  return failureOf(result);
}

export function authorization({ credentials }: Pick<ChannelAccount, 'credentials'>) {
  return { authorization: `Bearer ${credentials['keeper_key'] ?? ''}` };
}
