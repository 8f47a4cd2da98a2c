import type Router from '@koa/router';
import { type Ctx, RequestError, readAs } from '../http.ts';
import * as body from './control-bodies.ts';
import { customerThread, findGroup, findMessage, findThread } from './control-lookups.ts';
import type { CustomerActions } from './customer.ts';
import { failureOf } from './errors.ts';
import type { OwnerActions } from './owner.ts';
import type { WhatsAppState } from './state.ts';
import type { Statuses } from './statuses.ts';
import { writtenFrom, writtenMedia } from './written.ts';

type Deps = {
  state: WhatsAppState;
  actions: CustomerActions;
  owner: OwnerActions;
  statuses: Statuses;
  now: () => number;
};

/** `POST /control/whatsapp/customers/{customer_id}/…`: everything a person can do. */
export function addCustomerActions(router: Router, deps: Deps): void {
  const { state, actions, statuses, now } = deps;
  const post = (name: string, act: (ctx: Ctx) => object) =>
    router.post(`/customers/:customer_id/${name}`, (ctx) => void (ctx.body = act(ctx as Ctx)));

  post('messages', (ctx) => {
    const { account, name, username, user_id, ...given } = readAs(body.Message, ctx);
    const thread = customerThread(state, ctx, account, { name, username, user_id });
    const group = given.group === undefined ? undefined : findGroup(state, account, given.group);
    return { message_id: actions.write(thread, { ...writtenFrom(given), group }).id };
  });
  post('reactions', (ctx) => {
    const { account, message_id: id, emoji, absent } = readAs(body.Reaction, ctx);
    const thread = findThread(state, ctx, account);
    return { message_id: actions.react(thread, findMessage(thread, id), emoji, absent) };
  });
  post('revoke', (ctx) => {
    const { account, message_id: id } = readAs(body.Revoke, ctx);
    const thread = findThread(state, ctx, account);
    return { message_id: actions.revoke(thread, findMessage(thread, id)) };
  });
  post('edit', (ctx) => {
    const { account, message_id: id, text } = readAs(body.Edit, ctx);
    const thread = findThread(state, ctx, account);
    return { message_id: actions.edit(thread, findMessage(thread, id), text) };
  });
  post('presses', (ctx) => {
    const { account, message_id: id, button: position } = readAs(body.Press, ctx);
    const thread = findThread(state, ctx, account);
    const message = findMessage(thread, id);
    const button = message.buttons[position];
    if (!button) throw new RequestError(409, 'The message has no button at this position.');
    return { message_id: actions.press(thread, message, button).id };
  });
  post('read', (ctx) => {
    const { account, message_id: id } = readAs(body.Read, ctx);
    const thread = findThread(state, ctx, account);
    const newest = thread.messages.findLast(({ from, failure }) => from === 'business' && !failure);
    const message = id === undefined ? newest : findMessage(thread, id);
    if (!message) throw new RequestError(409, 'There is no message of the business to read yet.');
    actions.read(thread, message);
    return { message_id: message.id };
  });
  post('statuses', (ctx) => {
    const { account, message_id: id, status, code } = readAs(body.Status, ctx);
    const thread = findThread(state, ctx, account);
    const owner = state.accounts.get(thread.accountId);
    const failure = status === 'failed' ? failureOf(code ?? 131000) : undefined;
    if (owner) statuses.tell(owner, findMessage(thread, id), thread, status, failure);
    return { message_id: id };
  });
  post('number-change', (ctx) => {
    const { account, number, user_id: userId, named, contacts } = readAs(body.NumberChange, ctx);
    const thread = findThread(state, ctx, account);
    actions.changeNumber(thread, { number, userId, named, contacts });
    return { customer_id: thread.id };
  });
  post('raw', (ctx) => {
    const { account, messages, contacts, errors } = readAs(body.Raw, ctx);
    const thread = customerThread(state, ctx, account);
    thread.lastInboundAt = now();
    actions.raw(thread, messages, { contacts, errors });
    return { messages: messages.length };
  });
}

/** `POST …/app-messages`: what the owner does in the WhatsApp Business app. */
export function addOwnerActions(router: Router, { state, owner }: Deps): void {
  router.post('/customers/:customer_id/app-messages', (ctx) => {
    const given = readAs(body.AppMessage, ctx);
    const { account, text, media, message_id: id, revoke, emoji } = given;
    const thread = customerThread(state, ctx as Ctx, account);
    const message = id === undefined ? undefined : findMessage(thread, id);
    ctx.body = { message_id: act() };

    function act(): string {
      if (!message && media) return owner.write(thread, writtenMedia(media));
      if (!message && text !== undefined)
        return owner.write(thread, { type: 'text', content: { body: text }, text });
      if (!message) throw new RequestError(400, 'Send text or media, or the message_id to act on.');
      if (revoke) return owner.revoke(thread, message);
      if (emoji !== undefined) return owner.react(thread, message, emoji);
      if (text === undefined)
        throw new RequestError(400, 'With message_id, send text, emoji or revoke: true.');
      return owner.edit(thread, message, text);
    }
  });
}
