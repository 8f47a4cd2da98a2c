import Router from '@koa/router';
import type { Clock } from '../clock.ts';
import { type Ctx, readAs } from '../http.ts';
import { addWebhooks } from '../meta/control-webhooks.ts';
import { changeTokens } from '../meta/tokens.ts';
import type { Delivery } from '../meta/webhook-attempts.ts';
import { WINDOW } from '../meta/window.ts';
import { addCustomerActions } from './control-actions.ts';
import * as body from './control-bodies.ts';
import { customerId, findAccount } from './control-lookups.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';
import { type Account, type InstagramState, type Thread, addAccount, openThread } from './state.ts';
import { type WebhookSender, messagingOf } from './webhooks.ts';

export type InstagramControlDeps = {
  state: InstagramState;
  webhooks: WebhookSender;
  clock: Clock;
  verifyToken: string;
};

/** `/control/instagram/…` except the ledger and the faults, which every platform has alike. */
export function createInstagramControl(deps: InstagramControlDeps): Router {
  const router = new Router({ prefix: '/control/instagram' });
  addAccounts(router, deps);
  addPeople(router, deps);
  addCustomerActions(router, deps);
  addWebhooks(router, { ...deps, settings: body.Settings, describe: describeDelivery });
  return router;
}

function addAccounts(router: Router, { state, clock }: InstagramControlDeps): void {
  router.get('/accounts', (ctx) => {
    ctx.body = { data: [...state.accounts.values()].map(describeAccount) };
  });
  router.post('/accounts', (ctx) => {
    const given = readAs(body.NewAccount, ctx);
    const account = addAccount(state, {
      id: given.instagram_account_id,
      username: given.username,
      token: given.access_token,
      now: clock.now(),
    });
    ctx.status = 201;
    ctx.body = describeAccount(account);
  });
  router.put('/accounts/:id', (ctx) => {
    const account = findAccount(state, ctx.params['id']);
    const given = readAs(body.AccountChange, ctx);
    if (given.access_token !== undefined)
      addAccount(state, {
        id: account.id,
        username: account.username,
        token: given.access_token,
        now: clock.now(),
      });
    if (given.username !== undefined) account.username = given.username;
    if (given.me_wrapped !== undefined) account.wrapsMe = given.me_wrapped;
    changeTokens(account, given, clock.now());
    ctx.body = describeAccount(account);
  });
}

function addPeople(router: Router, { state, clock }: InstagramControlDeps): void {
  const describe = (thread: Thread) => describeThread(thread, clock.now());
  router.get('/samples', (ctx) => {
    ctx.body = {
      data: Object.entries(MESSAGE_SAMPLES).map(([sample, members]) => ({ sample, members })),
    };
  });
  router.get('/customers', (ctx) => {
    ctx.body = { data: [...state.threads.values()].map(describe) };
  });
  router.post('/customers', (ctx) => {
    const { account, customer_id: id, ...names } = readAs(body.NewCustomer, ctx);
    findAccount(state, account);
    const made = `91${String(Date.now()).padStart(14, '0')}`;
    ctx.status = 201;
    ctx.body = describe(openThread(state, account, id ?? made, names));
  });
  router.get('/customers/:customer_id', (ctx) => {
    const threads = [...state.threads.values()].filter(
      (thread) => thread.customerId === ctx.params['customer_id'],
    );
    ctx.body = {
      data: threads.map((thread) => ({ ...describe(thread), messages: thread.messages })),
    };
  });
  router.put('/customers/:customer_id', (ctx) => {
    const { account, window, blocked, ...names } = readAs(body.CustomerChange, ctx);
    findAccount(state, account);
    const thread = openThread(state, account, customerId(ctx as Ctx), names);
    if (blocked !== undefined) thread.blocked = blocked;
    if (window === 'open') thread.lastInboundAt = clock.now();
    if (window === 'closed') thread.lastInboundAt = clock.now() - WINDOW;
    ctx.body = describe(thread);
  });
}

function describeDelivery({ body, ...delivery }: Delivery): object {
  return { ...delivery, messaging: messagingOf({ body, ...delivery }) };
}

/** Without tokens: they are only ever given, never shown. */
function describeAccount(account: Account): object {
  return {
    instagram_account_id: account.id,
    username: account.username,
    subscribed_fields: account.subscribedFields,
    token: account.tokens[0]?.state ?? 'none',
  };
}

function describeThread(thread: Thread, now: number): object {
  const { accountId, customerId: id, username, name, blocked, lastInboundAt } = thread;
  const open = lastInboundAt !== null && now - lastInboundAt < WINDOW;
  return {
    customer_id: id,
    account: accountId,
    username,
    name,
    blocked,
    window: open ? 'open' : 'closed',
  };
}
