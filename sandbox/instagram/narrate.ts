import type { Middleware } from 'koa';
import type { Feed, FeedEntry } from '../feed.ts';
import { bodyOf } from '../http.ts';
import type { Delivery } from './webhook-attempts.ts';

type Words = Pick<FeedEntry, 'tone' | 'title' | 'detail'>;

/** Puts every attempt of the router to send a message into the feed, with what comes of it. */
export function narrateCalls(feed: Feed): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.method !== 'POST' || !/\/messages$/.test(ctx.path)) return;
    const body = bodyOf(ctx) as { recipient?: { id?: unknown } } | undefined;
    const customerId = typeof body?.recipient?.id === 'string' ? body.recipient.id : null;
    const words = wordsForCall(ctx.state['fault'] ?? null, ctx.status, codeOf(ctx.body));
    feed.add({ ...words, from: 'router', to: 'instagram', customerId });
  };
}

function codeOf(body: unknown): string {
  const error = (body as { error?: { code?: unknown; error_subcode?: unknown } } | null)?.error;
  return [error?.code, error?.error_subcode].filter((part) => part !== undefined).join('/');
}

function wordsForCall(fault: string | null, status: number, code: string): Words {
  if (fault === 'apply-then-drop')
    return {
      tone: 'warning',
      title: 'Instagram took it, but its answer was lost',
      detail:
        'The router cannot know. It waits for Instagram’s echo as proof instead of sending it again.',
    };
  if (fault === 'drop')
    return {
      tone: 'warning',
      title: 'Instagram never answered',
      detail: 'The message did not arrive, but the router cannot know. It waits for proof.',
    };
  if (status === 200)
    return { tone: 'good', title: 'Instagram took the message: 200', detail: null };
  const title = `Instagram refused the message: ${status}${code && `, code ${code}`}`;
  return { tone: status === 429 ? 'warning' : 'bad', title, detail: consequence(status, code) };
}

function consequence(status: number, code: string): string {
  if (code.startsWith('190'))
    return 'The token is bad: the router pauses the account. Its messages wait, in order, for a new token.';
  if (status === 429 || /^(4|17|32|613|80002)(\/|$)/.test(code))
    return 'Too many requests: the router waits as long as Instagram asks. That does not count as a failed attempt.';
  if (code === '10/2534022')
    return 'The customer last wrote more than 24 hours ago. Nothing can be sent until they write again.';
  if (status >= 500 && !code)
    return 'Nobody can tell whether it went out: the router waits for proof before it does anything.';
  if (/^[12](\/|$)/.test(code))
    return 'A passing fault: the router tries again, three times in all.';
  return 'Trying again would not help: the router tells the CRM that it failed.';
}

/** Puts the attempts to tell the router into the feed; echoes that arrive go without saying. */
export function narrateDelivery(feed: Feed, delivery: Delivery): void {
  const attempt = delivery.attempts.at(-1);
  if (!attempt) return;
  const event = kindOf(delivery.messaging?.[0]);
  const base = { from: 'instagram', to: 'router', customerId: delivery.customer } as const;
  const took = `${Math.round(attempt.duration_ms)} ms`;
  if (delivery.state === 'delivered') {
    if (event === 'an echo') return;
    return feed.add({
      ...base,
      tone: 'good',
      title: `Instagram told the router about ${event}: ${attempt.status} in ${took}`,
      detail: null,
    });
  }
  const what = attempt.error ?? `${attempt.status}`;
  feed.add({
    ...base,
    tone: 'warning',
    title: `The router did not take ${event}: ${what}`,
    detail:
      delivery.state === 'stopped'
        ? 'Instagram does not try again.'
        : 'Instagram keeps it and tries again, ever more slowly.',
  });
}

function kindOf(item: Record<string, unknown> | undefined): string {
  const message = item?.['message'] as Record<string, unknown> | undefined;
  if (message?.['is_echo']) return 'an echo';
  if (message?.['is_deleted']) return 'a message taken back';
  if (message) return 'a message';
  if (item?.['read']) return 'a message that was seen';
  if (item?.['reaction']) return 'a reaction';
  if (item?.['message_edit']) return 'an edited message';
  return 'an event';
}
