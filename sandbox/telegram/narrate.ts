import type { Middleware } from 'koa';
import type { Feed, FeedEntry } from '../feed.ts';
import { bodyOf } from '../http.ts';
import type { Delivery } from './delivery-log.ts';

type Words = Pick<FeedEntry, 'tone' | 'title' | 'detail'>;

/** Puts every attempt of the router to send a message into the feed, with what comes of it. */
export function narrateCalls(feed: Feed): Middleware {
  return async (ctx, next) => {
    await next();
    if (!/\/send(?!chataction)\w+$/i.test(ctx.path)) return;
    const body = bodyOf(ctx) as { chat_id?: unknown } | null | undefined;
    const customerId = body?.chat_id === undefined ? null : String(body.chat_id);
    const words = wordsForCall(ctx.state['fault'] ?? null, ctx.status);
    feed.add({ ...words, from: 'router', to: 'telegram', customerId });
  };
}

function wordsForCall(fault: string | null, status: number): Words {
  if (fault === 'apply-then-drop')
    return {
      tone: 'warning',
      title: 'Telegram took it, but its answer was lost',
      detail: 'The router cannot know, and Telegram gives no sign afterwards.',
    };
  if (fault === 'drop')
    return {
      tone: 'warning',
      title: 'Telegram never answered',
      detail: 'The message did not arrive, but the router cannot know.',
    };
  if (status === 200)
    return { tone: 'good', title: 'Telegram took the message: 200', detail: null };
  const title = `Telegram refused the message: ${status}`;
  return { tone: status === 429 ? 'warning' : 'bad', title, detail: consequence(status) };
}

function consequence(status: number): string {
  if (status === 401)
    return 'The token is bad: the router pauses the account. Its messages wait, in order, for a new token.';
  if (status === 429)
    return 'Too many requests: the router waits as long as Telegram asks. That does not count as a failed attempt.';
  if (status === 403)
    return 'The customer blocked the bot, or it may not write there. Trying again would not help.';
  if (status >= 500)
    return 'Nobody can tell whether it went out: Telegram gives no sign of messages it has sent.';
  return 'Trying again would not help: the router tells the CRM that it failed.';
}

const KINDS: Record<string, string> = {
  message: 'a message',
  edited_message: 'an edited message',
  callback_query: 'a pressed button',
  message_reaction: 'a reaction',
  my_chat_member: 'a change of its membership',
};

/** Puts the attempts to tell the router into the feed. */
export function narrateDelivery(feed: Feed, delivery: Delivery): void {
  const attempt = delivery.attempts.at(-1);
  if (!attempt) return;
  const event = KINDS[delivery.kind] ?? 'an update';
  const base = { from: 'telegram', to: 'router', customerId: delivery.customer } as const;
  const took = `${Math.round(attempt.duration_ms)} ms`;
  if (delivery.state === 'delivered')
    return feed.add({
      ...base,
      tone: 'good',
      title: `Telegram told the router about ${event}: ${attempt.status} in ${took}`,
      detail: null,
    });
  feed.add({
    ...base,
    tone: 'warning',
    title: `The router did not take ${event}: ${attempt.status ?? attempt.error}`,
    detail:
      delivery.state === 'stopped'
        ? 'Telegram does not try again.'
        : 'Telegram tries again, ever more slowly; what follows in this chat waits behind it.',
  });
}
