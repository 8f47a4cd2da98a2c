import { randomUUID } from 'node:crypto';
import type { Feed } from '../feed.ts';
import { RequestError } from '../http.ts';
import type { Wiring } from '../wiring.ts';
import {
  type Chat,
  type CrmMessage,
  type CrmState,
  advance,
  chatWith,
  messageIn,
} from './inbox.ts';

export type SendDeps = {
  state: CrmState;
  wiring: Wiring;
  /** Every channel; an answer that names none goes over the first. */
  channels: string[];
  feed: Feed;
  changed: () => void;
};

/** Milliseconds the router has to accept a message. */
const TIMEOUT = 10_000;

/**
 * Sends an answer through the router's API. The key stays here. The message is in the chat before
 * the router has it, because its first event may overtake the 202.
 * Throws {@link RequestError} 409 while no router, or no account of the channel, is wired.
 */
export async function sendAnswer(
  deps: SendDeps,
  given: { customer_id: string; text: string; channel?: string | undefined },
): Promise<CrmMessage> {
  const { api_url: url, api_key: key } = deps.wiring.get();
  const accountId = deps.wiring.accountOn(given.channel ?? deps.channels[0] ?? '');
  if (!url || !key || !accountId)
    throw new RequestError(409, 'No router is connected yet: PUT /control/router first.');
  const chat = chatWith(deps.state, accountId, given.customer_id);
  const message = messageIn(chat, randomUUID(), { text: given.text });
  advance(message, 'sending');
  deps.changed();
  const refusal = await post(`${url}/api/v1/messages/send`, key, {
    account_id: accountId,
    recipient_id: given.customer_id,
    message: given.text,
    message_id: message.id,
  });
  if (refusal === null) advance(message, 'pending');
  else Object.assign(message, { status: 'rejected', error: refusal });
  tell(deps.feed, chat, refusal);
  deps.changed();
  return message;
}

/** Null for a 202, otherwise what was wrong. Never throws. */
async function post(url: string, key: string, body: object): Promise<CrmMessage['error']> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    return { code: 'router_unreachable', message: 'The router does not answer. Is it running?' };
  }
  const problem = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (answer.ok) return null;
  return {
    code: String(problem['code'] ?? answer.status),
    message: String(
      problem['detail'] ?? problem['title'] ?? `The router answered ${answer.status}.`,
    ),
  };
}

function tell(feed: Feed, chat: Chat, refusal: CrmMessage['error']): void {
  const between = { from: 'crm', to: 'router', customerId: chat.customerId } as const;
  if (refusal === null)
    feed.add({
      ...between,
      tone: 'good',
      title: 'The router accepted the answer: 202',
      detail: 'It is stored; from here on it cannot get lost.',
    });
  else
    feed.add({
      ...between,
      tone: 'bad',
      title: `The router did not accept the answer: ${refusal.code}`,
      detail: refusal.message,
    });
}
