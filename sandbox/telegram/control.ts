import Router from '@koa/router';
import type { Middleware } from 'koa';
import { type Ctx, RequestError, readAs } from '../http.ts';
import { addBot, openChat, openPerson } from './chats.ts';
import { addCustomerActions } from './control-actions.ts';
import * as body from './control-bodies.ts';
import { findBot, openChatOf, splitName, typeOf } from './control-lookups.ts';
import { type ControlDeps, addWebhooks } from './control-webhooks.ts';
import { describeBot, describeChat } from './describe.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';
import { addGroupActions } from './control-groups.ts';
import { type Chat, chatKey } from './state.ts';
import type { TelegramState } from './state.ts';

/** `/control/telegram/…` except what every platform has alike. */
export function createTelegramControl(deps: ControlDeps): Middleware {
  const router = new Router({ prefix: '/control/telegram' });
  addAccounts(router, deps);
  addCustomers(router, deps);
  addCustomerActions(router, deps);
  addGroupActions(router, deps);
  addWebhooks(router, deps);
  return router.routes() as Middleware;
}

function addAccounts(router: Router, { state }: ControlDeps): void {
  router.get('/accounts', (ctx) => {
    ctx.body = { data: [...state.bots.values()].map(describeBot) };
  });
  router.post('/accounts', (ctx) => {
    ctx.status = 201;
    ctx.body = describeBot(addBot(state, readAs(body.NewAccount, ctx)));
  });
  router.put('/accounts/:id', (ctx) => {
    const bot = findBot(state, ctx.params['id']);
    const given = readAs(body.AccountChange, ctx);
    if (given.bot_token !== undefined) {
      if (!given.bot_token.startsWith(`${bot.id}:`))
        throw new RequestError(400, 'A token begins with the id of its bot.');
      Object.assign(bot, { token: given.bot_token, revoked: false });
    }
    if (given.username !== undefined) bot.username = given.username;
    if (given.first_name !== undefined) bot.firstName = given.first_name;
    if (given.token !== undefined) bot.revoked = given.token === 'revoked';
    if (given.privacy !== undefined) bot.privacy = given.privacy;
    if (given.topics !== undefined) bot.topics = given.topics;
    ctx.body = describeBot(bot);
  });
}

function addCustomers(router: Router, { state }: ControlDeps): void {
  router.get('/samples', (ctx) => {
    ctx.body = {
      data: Object.entries(MESSAGE_SAMPLES).map(([sample, members]) => ({ sample, members })),
    };
  });
  router.get('/customers', (ctx) => {
    ctx.body = { data: [...state.chats.values()].map((chat) => describeChat(state, chat)) };
  });
  router.post('/customers', (ctx) => {
    const {
      account,
      customer_id: given,
      type = given ? typeOf(given) : 'private',
      direct_messages: directMessages = false,
      ...rest
    } = readAs(body.NewCustomer, ctx);
    const bot = findBot(state, account);
    const id = given ?? newId(state, bot.id, type);
    if (typeOf(id) !== type && !(type === 'group' && typeOf(id) === 'supergroup'))
      throw new RequestError(400, `${id} is not the id of a chat of the type ${type}.`);
    if (directMessages && type !== 'supergroup')
      throw new RequestError(400, 'The direct messages of a channel are of the type supergroup.');
    const chat = openChat(state, bot.id, id, { type, directMessages });
    applyChange(state, chat, rest);
    ctx.status = 201;
    ctx.body = describeChat(state, chat);
  });
  router.get('/customers/:customer_id', (ctx) => {
    const chats = [...state.chats.values()].filter(({ id }) => id === ctx.params['customer_id']);
    ctx.body = {
      data: chats.map((chat) => ({ ...describeChat(state, chat), messages: chat.messages })),
    };
  });
  router.put('/customers/:customer_id', (ctx) => {
    const { account, ...change } = readAs(body.CustomerChange, ctx);
    const chat = openChatOf(state, ctx as Ctx, account);
    applyChange(state, chat, change);
    ctx.body = describeChat(state, chat);
  });
}

type Change = Omit<ReturnType<(typeof body.CustomerChange)['parse']>, 'account'>;

function applyChange(state: TelegramState, chat: Chat, change: Change): void {
  if (chat.type === 'private') {
    const person = openPerson(state, chat.id, splitName(change));
    if (change.photo !== undefined) person.photo = change.photo;
    if (change.deactivated !== undefined) person.deactivated = change.deactivated;
  } else {
    if (change.title !== undefined) chat.title = change.title;
    if (change.username !== undefined) chat.username = change.username;
  }
  if (change.started !== undefined) chat.started = change.started;
  if (change.forum !== undefined) chat.forum = change.forum;
  if (change.deleted !== undefined) chat.deleted = change.deleted;
  if (change.bot_status !== undefined) chat.botStatus = change.bot_status;
  if (change.blocked !== undefined) chat.botStatus = change.blocked ? 'kicked' : 'member';
}

/** The next free id of this type. */
function newId(state: TelegramState, botId: string, type: Chat['type']): string {
  const prefix = { private: '', group: '-', supergroup: '-100' }[type];
  let number = Math.floor(Date.now() / 1000) + 3_400_000_000;
  while (state.chats.has(chatKey(botId, `${prefix}${number}`))) number += 1;
  return `${prefix}${number}`;
}
