import type Router from '@koa/router';
import { type Ctx, RequestError, readAs } from '../http.ts';
import * as body from './control-bodies.ts';
import { customerThread, findGroup, findMessage, findThread } from './control-lookups.ts';
import type { CustomerActions, Written } from './customer.ts';
import { errorOf } from './envelope.ts';
import { failureOf } from './errors.ts';
import type { WhatsAppState } from './state.ts';
import type { Statuses } from './statuses.ts';

type Deps = {
  state: WhatsAppState;
  actions: CustomerActions;
  statuses: Statuses;
  now: () => number;
};

/** `POST /control/whatsapp/customers/{customer_id}/…`: everything a person can do. */
export function addCustomerActions(router: Router, { state, actions, statuses, now }: Deps): void {
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
    const { account, number, user_id: userId } = readAs(body.NumberChange, ctx);
    const thread = findThread(state, ctx, account);
    actions.changeNumber(thread, { number, userId });
    return { customer_id: thread.id };
  });
  post('app-messages', (ctx) => {
    const { account, text, message_id: id, revoke } = readAs(body.AppMessage, ctx);
    const thread = customerThread(state, ctx, account);
    if (id === undefined && text !== undefined)
      return { message_id: actions.writeAsBusiness(thread, { text }) };
    if (id === undefined) throw new RequestError(400, 'Send text, or the message_id to change.');
    const message = findMessage(thread, id);
    const kind = revoke ? 'revoke' : 'edit';
    return { message_id: actions.writeAsBusiness(thread, { kind, message, text }) };
  });
  post('raw', (ctx) => {
    const { account, messages, contacts, errors } = readAs(body.Raw, ctx);
    const thread = customerThread(state, ctx, account);
    thread.lastInboundAt = now();
    actions.raw(thread, messages, { contacts, errors });
    return { messages: messages.length };
  });
}

const UNSUPPORTED = {
  code: 131051,
  title: 'Message type unknown',
  details: 'Message type is currently not supported.',
};
const SAMPLE_TYPES: Record<string, string> = {
  image: 'image/png',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/pdf',
  sticker: 'image/webp',
};

type Given = Omit<body.MessageBody, 'account' | 'name' | 'username' | 'user_id'>;

/** The one kind that the body names, as the webhook's member. */
function writtenFrom(given: Given): Written {
  const { reply_to: replyTo, forwarded, referral, timestamp } = given;
  const rest = { replyTo, forwarded, timestamp, ...(referral && { extra: { referral } }) };
  const { text, media, unsupported, contacts, button } = given;
  if (text !== undefined) return { ...rest, type: 'text', content: { body: text }, text };
  if (media) return { ...rest, ...writtenMedia(media) };
  if (unsupported) {
    const extra = { ...rest.extra, errors: [errorOf(UNSUPPORTED)] };
    return { ...rest, type: 'unsupported', content: unsupported, extra };
  }
  if (contacts) return { ...rest, type: 'contacts', content: contacts, text: '👤 a contact' };
  if (button) return { ...rest, type: 'button', content: button, text: button.text };
  const [type = 'system'] = (['location', 'order', 'interactive', 'system'] as const).filter(
    (kind) => given[kind],
  );
  return { ...rest, type, content: given[type], text: WORDS[type] };
}

const WORDS = {
  location: '📍 a place',
  order: '🛒 an order',
  interactive: 'a choice',
  system: null,
};

function writtenMedia(media: NonNullable<Given['media']>): Written {
  const { type, caption, voice, animated, filename, base64 } = media;
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64');
  const mimeType = media.mime_type ?? SAMPLE_TYPES[type] ?? 'application/octet-stream';
  const sticker = type === 'sticker' ? { animated: animated ?? false } : {};
  return {
    type,
    text: caption,
    file: { mimeType, bytes, filename },
    content: {
      ...(caption !== undefined && { caption }),
      ...(voice !== undefined && { voice }),
      ...sticker,
    },
  };
}
