import type Router from '@koa/router';
import { type Ctx, RequestError, readAs } from '../http.ts';
import * as body from './control-bodies.ts';
import { actorIn, findGroupOf, openChatOf } from './control-lookups.ts';
import type { ControlDeps } from './control-webhooks.ts';
import { describeChat } from './describe.ts';
import { createGroupActions } from './groups.ts';

const path = (name: string) => `/customers/:customer_id/${name}`;

/** `POST /control/telegram/customers/{customer_id}/…`: what happens to the bot in a group. */
export function addGroupActions(router: Router, { state, people, clock }: ControlDeps): void {
  const groups = createGroupActions({ state, emit: people.emit, now: clock.now });
  router.post(path('join'), (ctx) => {
    const { account, from } = readAs(body.ByPerson, ctx);
    openChatOf(state, ctx as Ctx, account);
    const chat = findGroupOf(state, ctx as Ctx, account);
    groups.join(chat, actorIn(state, chat, from));
    ctx.body = describeChat(state, chat);
  });
  router.post(path('kick'), (ctx) => {
    const { account, from } = readAs(body.ByPerson, ctx);
    const chat = findGroupOf(state, ctx as Ctx, account);
    groups.kick(chat, actorIn(state, chat, from));
    ctx.body = describeChat(state, chat);
  });
  router.post(path('promote'), (ctx) => {
    const { account, from, status } = readAs(body.Promote, ctx);
    const chat = findGroupOf(state, ctx as Ctx, account);
    groups.promote(chat, actorIn(state, chat, from), status);
    ctx.body = describeChat(state, chat);
  });
  router.post(path('migrate'), (ctx) => {
    const { account, from, to } = readAs(body.Migrate, ctx);
    const chat = findGroupOf(state, ctx as Ctx, account);
    if (chat.type !== 'group' || chat.migratedTo !== null)
      throw new RequestError(409, 'Only a group that has not moved yet becomes a supergroup.');
    const id = to ?? `-100${chat.id.slice(1).padStart(10, '1')}`;
    const target = groups.migrate(chat, actorIn(state, chat, from), id);
    ctx.body = { migrate_to_chat_id: id, ...describeChat(state, target) };
  });
}
