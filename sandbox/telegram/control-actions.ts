import type Router from '@koa/router';
import { type Ctx, RequestError, readAs } from '../http.ts';
import { openPerson } from './chats.ts';
import * as body from './control-bodies.ts';
import {
  actorIn,
  findBot,
  findChatOf,
  messageOf,
  openChatOf,
  splitName,
} from './control-lookups.ts';
import type { ControlDeps } from './control-webhooks.ts';
import { type Json, isObject, seconds } from './json.ts';
import { chatJson, personJson } from './message-json.ts';
import type { Chat } from './state.ts';

const path = (name: string) => `/customers/:customer_id/${name}`;

/** `POST /control/telegram/customers/{customer_id}/…`: what a person can do. */
export function addCustomerActions(router: Router, deps: ControlDeps): void {
  const { state, people } = deps;
  router.post(path('messages'), (ctx) => {
    const given = readAs(body.Message, ctx);
    const chat = openChatOf(state, ctx as Ctx, given.account);
    mustBeAbleToWrite(chat, given.anonymous);
    if (chat.type === 'private') openPerson(state, chat.id, splitName(given));
    if (given.direct_to !== undefined && !chat.directMessages)
      throw new RequestError(
        409,
        'Only in the direct messages of a channel is somebody written to.',
      );
    const inOwnName = !given.anonymous && given.direct_to === undefined;
    const author = inOwnName ? actorIn(state, chat, given.from) : null;
    const ids = people.write(chat, author, given).map(({ id }) => id);
    ctx.body = { message_id: ids[0], message_ids: ids };
  });
  router.post(path('edit'), (ctx) => {
    const { account, message_id: id, ...change } = readAs(body.Edit, ctx);
    const chat = findChatOf(state, ctx as Ctx, account);
    const message = messageOf(chat, id);
    if (message.from !== 'customer')
      throw new RequestError(409, 'A person can edit only what a person wrote.');
    people.edit(chat, message, change);
    ctx.body = { message_id: id };
  });
  router.post(path('reactions'), (ctx) => {
    const { account, message_id: id, emoji, from } = readAs(body.Reaction, ctx);
    const chat = findChatOf(state, ctx as Ctx, account);
    const by = actorIn(state, chat, from);
    people.react(chat, messageOf(chat, id), by, emoji === null ? [] : [emoji].flat());
    ctx.body = { message_id: id };
  });
  router.post(path('callback'), (ctx) => {
    const { account, message_id: id, data, from } = readAs(body.Callback, ctx);
    const chat = findChatOf(state, ctx as Ctx, account);
    const newest = chat.messages.findLast((one) => one.from === 'business' && !one.deleted);
    const message = id === undefined ? newest : messageOf(chat, id);
    if (!message) throw new RequestError(409, 'The bot has sent no message with a button yet.');
    const query = people.press(chat, message, actorIn(state, chat, from), data);
    ctx.body = { callback_query_id: query, message_id: message.id };
  });
  for (const verb of ['block', 'unblock'] as const)
    router.post(path(verb), (ctx) => {
      const chat = openChatOf(state, ctx as Ctx, readAs(body.ByPerson, ctx).account);
      if (chat.type !== 'private') throw new RequestError(409, 'Use kick and join for a group.');
      people[verb](chat);
      ctx.body = { blocked: verb === 'block' };
    });
  addRaw(router, deps);
}

function mustBeAbleToWrite(chat: Chat, anonymous: boolean): void {
  if (chat.type === 'private' && chat.botStatus === 'kicked')
    throw new RequestError(409, 'This person blocked the bot: POST …/unblock first.');
  if (chat.type === 'private' && anonymous)
    throw new RequestError(409, 'Only an admin of a group can write in its name.');
}

function addRaw(router: Router, { state, people, clock }: ControlDeps): void {
  router.post(path('raw'), (ctx) => {
    const { account, updates } = readAs(body.Raw, ctx);
    findBot(state, account);
    const chat = openChatOf(state, ctx as Ctx, account);
    chat.started = true;
    for (const update of updates)
      for (const [kind, given] of Object.entries(update)) {
        const payload = isObject(given) ? { ...defaults(chat, kind), ...given } : (given as Json);
        people.emit.update(chat, { kind, payload, personId: chat.id });
      }
    ctx.body = { updates: updates.length };
  });

  /** What every message has, where the test leaves it out. */
  function defaults(chat: Chat, kind: string): Json {
    if (!kind.endsWith('message')) return {};
    return {
      message_id: chat.nextMessageId++,
      from: personJson(actorIn(state, chat, undefined)),
      chat: chatJson(state, chat),
      date: seconds(clock.now()),
    };
  }
}
