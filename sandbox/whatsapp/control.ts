import { randomInt } from 'node:crypto';
import Router from '@koa/router';
import { type Ctx, readAs } from '../http.ts';
import { addWebhooks } from '../meta/control-webhooks.ts';
import { changeTokens, giveToken, newToken } from '../meta/tokens.ts';
import type { Delivery } from '../meta/webhook-attempts.ts';
import { WINDOW } from '../meta/window.ts';
import { addCustomerActions, addOwnerActions } from './control-actions.ts';
import * as body from './control-bodies.ts';
import { customerThread, findAccount } from './control-lookups.ts';
import type { CustomerActions } from './customer.ts';
import { type FailurePlan, FailuresSchema } from './failure-plan.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';
import type { OwnerActions } from './owner.ts';
import { type Account, type Thread, type WhatsAppState, addAccount, openThread } from './state.ts';
import type { Statuses } from './statuses.ts';
import { type WhatsAppWebhooks, valuesOf } from './webhooks.ts';

export type WhatsAppControlDeps = {
  state: WhatsAppState;
  webhooks: WhatsAppWebhooks;
  statuses: Statuses;
  actions: CustomerActions;
  owner: OwnerActions;
  plan: FailurePlan;
  now: () => number;
  verifyToken: string;
};

/** `/control/whatsapp/…` except the ledger and the faults, which every platform has alike. */
export function createWhatsAppControl(deps: WhatsAppControlDeps): Router {
  const router = new Router({ prefix: '/control/whatsapp' });
  addAccounts(router, deps);
  addTemplates(router, deps);
  addPeople(router, deps);
  addGroups(router, deps);
  addCustomerActions(router, deps);
  addOwnerActions(router, deps);
  addWebhooks(router, { ...deps, settings: body.Settings, describe: describeDelivery });
  router.get('/failures', (ctx) => {
    ctx.body = { failures: deps.plan.list() };
  });
  router.put('/failures', (ctx) => {
    deps.plan.replace(readAs(FailuresSchema, ctx));
    ctx.body = { failures: deps.plan.list() };
  });
  return router;
}

function addAccounts(router: Router, { state, now }: WhatsAppControlDeps): void {
  router.get('/accounts', (ctx) => {
    ctx.body = { data: [...state.accounts.values()].map((each) => describeAccount(state, each)) };
  });
  router.post('/accounts', (ctx) => {
    const given = readAs(body.NewAccount, ctx);
    const account = addAccount(state, {
      id: given.phone_number_id,
      wabaId: given.waba_id,
      number: given.display_phone_number ?? `1555${String(randomInt(10 ** 6)).padStart(7, '0')}`,
      verifiedName: given.verified_name,
      token: newToken(now(), given.access_token),
    });
    ctx.status = 201;
    ctx.body = describeAccount(state, account);
  });
  router.put('/accounts/:id', (ctx) => {
    const account = findAccount(state, ctx.params['id']);
    const given = readAs(body.AccountChange, ctx);
    if (given.access_token !== undefined) giveToken(account, newToken(now(), given.access_token));
    if (given.verified_name !== undefined) account.verifiedName = given.verified_name;
    if (given.quality_rating !== undefined) account.qualityRating = given.quality_rating;
    changeTokens(account, given, now());
    ctx.body = describeAccount(state, account);
  });
}

/** Without tokens: they are only ever given, never shown. */
function describeAccount({ wabas }: WhatsAppState, account: Account): object {
  const subscription = wabas.get(account.wabaId)?.subscription ?? null;
  return {
    phone_number_id: account.id,
    waba_id: account.wabaId,
    display_phone_number: account.number,
    verified_name: account.verifiedName,
    quality_rating: account.qualityRating,
    subscribed: subscription !== null,
    override_callback_uri: subscription?.callbackUrl ?? null,
    token: account.tokens[0]?.state ?? 'none',
  };
}

function addTemplates(router: Router, { state }: WhatsAppControlDeps): void {
  router.post('/templates', (ctx) => {
    const { account, body: text, components, ...given } = readAs(body.NewTemplate, ctx);
    const waba = state.wabas.get(findAccount(state, account).wabaId);
    const id = `9${randomInt(10 ** 13, 10 ** 14)}`;
    const plain = [{ type: 'BODY', text: text ?? '' }];
    const template = { id, ...given, components: components ?? plain };
    const others = (waba?.templates ?? []).filter(
      ({ name, language }) => name !== given.name || language !== given.language,
    );
    if (waba) waba.templates = [...others, template];
    ctx.status = 201;
    ctx.body = template;
  });
}

function addPeople(router: Router, { state, now }: WhatsAppControlDeps): void {
  const describe = (thread: Thread) => describeThread(thread, now());
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
    const owner = findAccount(state, account);
    const made = `1555${String(Date.now()).slice(-7)}`;
    ctx.status = 201;
    ctx.body = describe(openThread(state, owner.id, id ?? made, names));
  });
  router.get('/customers/:customer_id', (ctx) => {
    const threads = [...state.threads.values()].filter(
      ({ id }) => id === ctx.params['customer_id'],
    );
    ctx.body = {
      data: threads.map((thread) => ({ ...describe(thread), messages: thread.messages })),
    };
  });
  router.put('/customers/:customer_id', (ctx) => {
    const { account, name, username, user_id, ...change } = readAs(body.CustomerChange, ctx);
    const thread = customerThread(state, ctx as Ctx, account, { name, username, user_id });
    if (change.number_hidden !== undefined) thread.numberHidden = change.number_hidden;
    if (change.blocked !== undefined) thread.blocked = change.blocked;
    if (change.on_whatsapp !== undefined) thread.onWhatsApp = change.on_whatsapp;
    if (change.read_receipts !== undefined) thread.readReceipts = change.read_receipts;
    if (change.chat_open !== undefined) thread.chatOpen = change.chat_open;
    if (change.window === 'open') thread.lastInboundAt = now();
    if (change.window === 'closed') thread.lastInboundAt = now() - WINDOW;
    ctx.body = describe(thread);
  });
}

function describeThread(thread: Thread, now: number): object {
  const { lastInboundAt } = thread;
  const open = lastInboundAt !== null && now - lastInboundAt < WINDOW;
  return {
    customer_id: thread.id,
    account: thread.accountId,
    wa_id: thread.number,
    user_id: thread.userId,
    username: thread.username,
    name: thread.name,
    number_hidden: thread.numberHidden,
    blocked: thread.blocked,
    on_whatsapp: thread.onWhatsApp,
    window: open ? 'open' : 'closed',
  };
}

function addGroups(router: Router, { state }: WhatsAppControlDeps): void {
  router.post('/groups', (ctx) => {
    const { account, group_id: given, subject, participants } = readAs(body.NewGroup, ctx);
    const owner = findAccount(state, account);
    const people = participants.map((id) => openThread(state, owner.id, id).id);
    const id = given ?? `120363${randomInt(10 ** 11, 10 ** 12)}`;
    const group = { accountId: owner.id, id, subject, participants: people, messages: [] };
    state.groups.set(id, group);
    ctx.status = 201;
    ctx.body = { group_id: id, subject, participants: people };
  });
  router.get('/groups/:group_id', (ctx) => {
    const group = state.groups.get(ctx.params['group_id'] ?? '');
    ctx.body = { data: group ? [group] : [] };
  });
}

/** With the `value` of its first change; all of it is in `body`. */
function describeDelivery(delivery: Delivery): object {
  return { ...delivery, value: valuesOf(delivery)[0] ?? null };
}
