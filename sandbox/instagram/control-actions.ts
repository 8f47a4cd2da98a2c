import type Router from '@koa/router';
import type { Clock } from '../clock.ts';
import { type Ctx, RequestError, readAs } from '../http.ts';
import * as body from './control-bodies.ts';
import { customerId, findAccount, findMessage, findThread } from './control-lookups.ts';
import { createCustomerActions } from './customer.ts';
import { type InstagramState, openThread } from './state.ts';
import type { WebhookSender } from './webhooks.ts';

type Deps = { state: InstagramState; webhooks: WebhookSender; clock: Clock };

/** `POST /control/instagram/customers/{customer_id}/…`: everything a person can do. */
export function addCustomerActions(router: Router, deps: Deps): void {
  const { state, webhooks, clock } = deps;
  const actions = createCustomerActions({ state, webhooks, now: clock.now });
  const path = (name: string) => `/customers/:customer_id/${name}`;

  router.post(path('messages'), (ctx) => {
    const { account, username, name, ...given } = readAs(body.Message, ctx);
    findAccount(state, account);
    const thread = openThread(state, account, customerId(ctx as Ctx), { username, name });
    ctx.body = { mid: actions.write(thread, given).mid };
  });
  router.post(path('app-messages'), (ctx) => {
    const { account, ...given } = readAs(body.AppMessage, ctx);
    const thread = findThread(state, ctx as Ctx, account);
    ctx.body = { mid: actions.writeAsBusiness(thread, given).mid };
  });
  router.post(path('reactions'), (ctx) => {
    const { account, mid, emoji, by } = readAs(body.Reaction, ctx);
    const thread = findThread(state, ctx as Ctx, account);
    actions.react(thread, findMessage(thread, mid), emoji, by);
    ctx.body = { mid };
  });
  router.post(path('seen'), (ctx) => {
    const given = readAs(body.Seen, ctx);
    const thread = findThread(state, ctx as Ctx, given.account);
    const newest = thread.messages.findLast(({ from }) => from === 'business');
    const message = given.mid === undefined ? newest : findMessage(thread, given.mid);
    if (!message) throw new RequestError(409, 'There is no message of the account to see yet.');
    actions.see(thread, message);
    ctx.body = { mid: message.mid };
  });
  router.post(path('unsend'), (ctx) => {
    const { account, mid, by } = readAs(body.Mid, ctx);
    const thread = findThread(state, ctx as Ctx, account);
    actions.unsend(thread, findMessage(thread, mid), by);
    ctx.body = { mid };
  });
  router.post(path('edit'), (ctx) => {
    const { account, mid, text, by } = readAs(body.Edit, ctx);
    const thread = findThread(state, ctx as Ctx, account);
    actions.edit(thread, findMessage(thread, mid), text, by);
    ctx.body = { mid };
  });
  router.post(path('postbacks'), (ctx) => {
    const { account, ...given } = readAs(body.Postback, ctx);
    findAccount(state, account);
    ctx.body = { mid: actions.tap(openThread(state, account, customerId(ctx as Ctx)), given) };
  });
  router.post(path('raw'), (ctx) => {
    const { account, items } = readAs(body.Raw, ctx);
    findAccount(state, account);
    const thread = openThread(state, account, customerId(ctx as Ctx));
    thread.lastInboundAt = clock.now();
    actions.raw(thread, items);
    ctx.body = { items: items.length };
  });
}
