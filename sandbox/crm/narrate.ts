import type { Middleware } from 'koa';
import { bodyOf } from '../http.ts';
import type { Feed, FeedEntry } from '../feed.ts';
import type { Applied } from './apply-event.ts';
import type { CrmEvent } from './inbox.ts';

type Words = Pick<FeedEntry, 'tone' | 'title' | 'detail'>;

const WORDS: Record<string, Words> = {
  received: { tone: 'good', title: 'The CRM got the customer’s message', detail: null },
  sent: { tone: 'good', title: 'sent', detail: 'The platform took the message.' },
  delivered: { tone: 'good', title: 'delivered', detail: 'It is on the customer’s phone.' },
  read: { tone: 'good', title: 'read', detail: 'The customer has seen it.' },
};

const ACTS: Record<string, string> = {
  edited: 'changed a message',
  deleted: 'took a message back',
  reaction: 'reacted to a message',
};

/** Who did something to a message: the customer, or somebody of the business in the platform's app. */
function actWords(act: string, { data }: CrmEvent): Words {
  const byOwner = data['source'] === 'platform_app';
  const title = `The ${byOwner ? 'owner' : 'customer'} ${act}`;
  return { tone: 'note', title, detail: byOwner ? 'In the platform’s own app.' : null };
}

/** Puts an event the CRM took into the feed. */
export function narrateEvent(feed: Feed, event: CrmEvent, applied: Applied | null): void {
  const customerId = applied?.chat.customerId ?? null;
  const number = event.sequence === null ? '' : ` · event ${event.sequence}`;
  const words = wordsFor(event, applied);
  const title = `${words.title}${number}`;
  feed.add({ ...words, title, from: 'router', to: 'crm', customerId });
  if (applied && applied.passedOver.length > 0)
    feed.add({
      tone: 'warning',
      from: 'sandbox',
      to: null,
      title: `A gap in the sequence: ${applied.passedOver.join(', ')}`,
      detail: 'Those events became dead letters; a replay brings them with their old number.',
      customerId,
    });
}

function wordsFor(event: CrmEvent, applied: Applied | null): Words {
  const kind = event.type.replace('message.', '');
  const error = applied?.message.error;
  if (kind === 'failed')
    return {
      tone: 'bad',
      title: `failed${error ? `: ${error.code}` : ''}`,
      detail: error?.message || 'The router gave up.',
    };
  if (kind === 'unconfirmed')
    return {
      tone: 'warning',
      title: 'unconfirmed',
      detail: applied?.message.holds
        ? 'Nobody knows whether the platform has it. The conversation waits until somebody decides.'
        : 'Nobody knows whether the platform has it. The router waits for proof before it does anything.',
    };
  if (kind === 'delayed')
    return { tone: 'warning', title: 'delayed', detail: applied?.message.delay ?? null };
  const act = ACTS[kind];
  if (act !== undefined) return actWords(act, event);
  return WORDS[kind] ?? { tone: 'note', title: `The CRM got ${event.type}`, detail: null };
}

/** Puts the faults that the demo CRM plays into the feed. */
export function narrateCrmFaults(feed: Feed): Middleware {
  return async (ctx, next) => {
    await next();
    const fault: string | undefined = ctx.state['fault'];
    if (fault === undefined || fault === 'slow') return;
    const event = bodyOf(ctx) as Partial<CrmEvent> | undefined;
    const cut = ctx.respond === false;
    feed.add({
      tone: 'warning',
      from: 'router',
      to: 'crm',
      title: `The CRM did not take ${event?.type ?? 'an event'}: ${cut ? 'no answer' : ctx.status}`,
      detail: 'The CRM is down: the router keeps the event and will retry, in order.',
      customerId: null,
    });
  };
}
