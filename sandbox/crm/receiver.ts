import type { Middleware } from 'koa';
import type { Feed } from '../feed.ts';
import { bodyOf, rawOf } from '../http.ts';
import { applyEvent } from './apply-event.ts';
import { type CrmEvent, type CrmState, takeOnce } from './inbox.ts';
import { narrateEvent } from './narrate.ts';
import { type Verdict, verdictOn } from './signature.ts';

export type ReceiverDeps = {
  state: CrmState;
  /** Secrets that may have signed, and the schemes that must be valid. */
  trust: () => { secrets: string[]; schemes: (keyof Verdict)[] };
  feed: Feed;
};

/** `POST /crm/webhooks`: what an integrator has to build, in its smallest honest form. */
export function createReceiver({ state, trust, feed }: ReceiverDeps): Middleware {
  return (ctx) => {
    const { secrets, schemes } = trust();
    const verdict = verdictOn(ctx.headers, rawOf(ctx), secrets);
    ctx.state['signature'] = verdict;
    if (secrets.length === 0) return refuse(ctx, feed, 'no secret is known');
    const bad = schemes.filter((scheme) => verdict[scheme] !== 'valid');
    if (bad.length > 0)
      return refuse(ctx, feed, bad.map((name) => `${name}: ${verdict[name]}`).join(', '));
    const event = bodyOf(ctx);
    if (!isEvent(event)) {
      ctx.status = 400;
      return void (ctx.body = { error: 'The body is not an event with id, type and data.' });
    }
    // The id is taken only now: a refused attempt must not make the repetition look like a double.
    const fresh = takeOnce(state, ctx.get('webhook-id') || event.id);
    if (fresh) narrateEvent(feed, event, applyEvent(state, event));
    ctx.body = { received: true, duplicate: !fresh };
  };
}

function refuse(ctx: Parameters<Middleware>[0], feed: Feed, reason: string): void {
  ctx.status = 401;
  ctx.body = { error: `The signature was not accepted (${reason}).` };
  feed.add({
    tone: 'bad',
    from: 'router',
    to: 'crm',
    title: 'The CRM refused a webhook: 401',
    detail: `Its signature was not accepted (${reason}). The router does not try a 401 again.`,
    customerId: null,
  });
}

function isEvent(value: unknown): value is CrmEvent {
  const event = value as Partial<CrmEvent> | null | undefined;
  return (
    typeof event?.id === 'string' &&
    typeof event.type === 'string' &&
    typeof event.data === 'object' &&
    event.data !== null
  );
}
