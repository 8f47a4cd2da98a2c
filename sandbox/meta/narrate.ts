import type { Middleware } from 'koa';
import type { Feed, FeedEntry } from '../feed.ts';
import { bodyOf } from '../http.ts';
import type { Delivery } from './webhook-attempts.ts';

/** How one of Meta's products is told about on the page. */
export type Narrator = {
  /** The platform's name in paths, and for people. */
  name: string;
  title: string;
  /** What proves that a message went out although its answer was lost. */
  proof: string;
  /** Error codes, as `code` or `code/subcode`, that say the window is closed. */
  windowClosed: string;
  throttled: RegExp;
  passing: RegExp;
  /** Whom a send is for; null where the body does not say, undefined where it is no send. */
  recipientOf(body: unknown): string | null | undefined;
  /** What a webhook is about, in words; null for what goes without saying once it arrived. */
  kindOf(delivery: Delivery): { words: string; quiet: boolean };
};

type Words = Pick<FeedEntry, 'tone' | 'title' | 'detail'>;

/** Puts every attempt of the router to send a message into the feed, with what comes of it. */
export function narrateCalls(feed: Feed, narrator: Narrator): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.method !== 'POST' || !/\/messages$/.test(ctx.path)) return;
    const customerId = narrator.recipientOf(bodyOf(ctx));
    if (customerId === undefined) return;
    const words = wordsForCall(narrator, ctx.state['fault'] ?? null, ctx.status, codeOf(ctx.body));
    feed.add({ ...words, from: 'router', to: narrator.name, customerId });
  };
}

function codeOf(body: unknown): string {
  const error = (body as { error?: { code?: unknown; error_subcode?: unknown } } | null)?.error;
  return [error?.code, error?.error_subcode].filter((part) => part !== undefined).join('/');
}

function wordsForCall(
  narrator: Narrator,
  fault: string | null,
  status: number,
  code: string,
): Words {
  const { title: platform, proof } = narrator;
  if (fault === 'apply-then-drop')
    return {
      tone: 'warning',
      title: `${platform} took it, but its answer was lost`,
      detail: `The router cannot know. It waits for ${proof} as proof instead of sending it again.`,
    };
  if (fault === 'drop')
    return {
      tone: 'warning',
      title: `${platform} never answered`,
      detail: 'The message did not arrive, but the router cannot know. It waits for proof.',
    };
  if (status === 200)
    return { tone: 'good', title: `${platform} took the message: 200`, detail: null };
  const title = `${platform} refused the message: ${status}${code && `, code ${code}`}`;
  const tone = status === 429 ? 'warning' : 'bad';
  return { tone, title, detail: consequence(narrator, status, code) };
}

function consequence(narrator: Narrator, status: number, code: string): string {
  if (code.startsWith('190'))
    return 'The token is bad: the router pauses the account. Its messages wait, in order, for a new token.';
  if (status === 429 || narrator.throttled.test(code))
    return `Too many requests: the router waits as long as ${narrator.title} asks. That does not count as a failed attempt.`;
  if (code === narrator.windowClosed)
    return 'The customer last wrote more than 24 hours ago. Nothing can be sent until they write again.';
  if (status >= 500 && !code)
    return 'Nobody can tell whether it went out: the router waits for proof before it does anything.';
  if (narrator.passing.test(code))
    return 'A passing fault: the router tries again, three times in all.';
  return 'Trying again would not help: the router tells the CRM that it failed.';
}

/** Puts the attempts to tell the router into the feed. */
export function narrateDelivery(feed: Feed, narrator: Narrator, delivery: Delivery): void {
  const attempt = delivery.attempts.at(-1);
  if (!attempt) return;
  const { words, quiet } = narrator.kindOf(delivery);
  const base = { from: narrator.name, to: 'router', customerId: delivery.customer } as const;
  const took = `${Math.round(attempt.duration_ms)} ms`;
  if (delivery.state === 'delivered') {
    if (quiet) return;
    return feed.add({
      ...base,
      tone: 'good',
      title: `${narrator.title} told the router about ${words}: ${attempt.status} in ${took}`,
      detail: null,
    });
  }
  feed.add({
    ...base,
    tone: 'warning',
    title: `The router did not take ${words}: ${attempt.error ?? attempt.status}`,
    detail:
      delivery.state === 'stopped'
        ? `${narrator.title} does not try again.`
        : `${narrator.title} keeps it and tries again, ever more slowly.`,
  });
}
