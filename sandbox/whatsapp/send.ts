import { WINDOW } from '../meta/window.ts';
import { type Content, type Json, isObject, readContent } from './content.ts';
import { failures, refusals } from './errors.ts';
import type { FailurePlan } from './failure-plan.ts';
import { fetchLink } from './links.ts';
import type { MediaStore } from './media.ts';
import { addressee, groupOf, participantsOf } from './people.ts';
import {
  type Account,
  type Failure,
  type Group,
  type Message,
  type Thread,
  type WhatsAppState,
  addMessage,
} from './state.ts';
import type { Statuses } from './statuses.ts';
import type { WhatsAppWebhooks } from './webhooks.ts';

export type SendDeps = {
  state: WhatsAppState;
  webhooks: Pick<WhatsAppWebhooks, 'settings'>;
  statuses: Statuses;
  media: MediaStore;
  plan: FailurePlan;
  now: () => number;
  /** Closes every window, whatever its time: the page's switch. */
  windowsClosed: () => boolean;
};

/** Milliseconds a typing indicator stays, unless a message ends it. */
const TYPING = 25_000;
const GROUP_TYPES = new Set(['text', 'image', 'video', 'audio', 'document', 'sticker', 'template']);

/** `POST /{phone number id}/messages`. Throws {@link MetaError} as the platform refuses. */
export async function send(deps: SendDeps, account: Account, body: unknown): Promise<object> {
  if (!isObject(body)) throw refusals.invalid('The body must be a JSON object.');
  if (body['messaging_product'] !== 'whatsapp') throw refusals.missing('messaging_product');
  if (body['status'] !== undefined) return markRead(deps, account, body);
  const opaque = body['biz_opaque_callback_data'];
  if (opaque !== undefined && (typeof opaque !== 'string' || opaque.length > 512))
    throw refusals.badValue('biz_opaque_callback_data is a string of up to 512 characters.');
  if (body['recipient_type'] === 'group') return sendToGroup(deps, account, body);
  const { thread, contact } = addressee(deps.state, account, body, deps.webhooks.settings);
  if (thread.blockedByBusiness) throw refusals.blockedUser();
  if (body['type'] === 'reaction') return react(deps, account, thread, contact, body);
  const content = contentOf(deps, account, body);
  if (content.category === 'AUTHENTICATION' && body['to'] === undefined) throw refusals.noBsuid();
  const failure = await failureOf(deps, account, thread, content, body);
  const message = keep(
    thread,
    numberOf(thread),
    { ...content, ...repliesTo(body), failure },
    body,
    deps,
  );
  thread.typingUntil = 0;
  await deps.statuses.follow(account, message, thread, [thread]);
  return answer(contact, message, content.category !== null);
}

function contentOf({ state }: SendDeps, account: Account, body: Json): Content {
  const waba = state.wabas.get(account.wabaId);
  if (!waba) throw refusals.unknownObject(account.wabaId);
  return readContent(body, waba);
}

function repliesTo(body: Json): Pick<Message, 'replyTo'> {
  const id = isObject(body['context']) ? body['context']['message_id'] : undefined;
  return { replyTo: typeof id === 'string' ? id : null };
}

function numberOf({ number, userId }: Thread): string {
  return number ?? userId;
}

function keep(
  place: Thread | Group,
  number: string,
  given: Partial<Message>,
  body: Json,
  { now }: SendDeps,
): Message {
  const { type = 'text', text = null, media = null, buttons = [], failure = null } = given;
  const opaque = body['biz_opaque_callback_data'];
  return addMessage(place, number, {
    ...{ from: 'business', at: now(), type, text, media, buttons, failure },
    replyTo: given.replyTo ?? null,
    opaque: typeof opaque === 'string' ? opaque : null,
  });
}

/** What will be told of a message that is accepted now; a sync refusal is thrown. */
async function failureOf(
  deps: SendDeps,
  account: Account,
  thread: Thread,
  content: Content,
  body: Json,
): Promise<Failure | null> {
  const planned = deps.plan.take(JSON.stringify(body));
  if (planned) return planned;
  const open = thread.lastInboundAt !== null && deps.now() - thread.lastInboundAt < WINDOW;
  if (content.category === null && (!open || deps.windowsClosed())) {
    if (deps.webhooks.settings.window_error === 'sync') throw refusals.windowClosed();
    return failures.windowClosed;
  }
  if (!thread.onWhatsApp) return failures.undeliverable;
  return (await hasMedia(deps, account, content)) ? null : failures.media;
}

/** Whether the media of a message is there; a link is fetched and kept under an id. */
async function hasMedia(deps: SendDeps, account: Account, { media }: Content): Promise<boolean> {
  if (!media) return true;
  const { type, id, link, name: filename } = media;
  if (id !== null) return deps.media.find(id)?.accountId === account.id;
  const given = { accountId: account.id, link: link ?? '', type, filename };
  const fetched = await fetchLink(deps.media, deps.webhooks.settings, given);
  if (fetched !== null && fetched !== 'refused') media.id = fetched.id;
  return fetched !== 'refused';
}

function answer(contact: object, { id }: Message, paced: boolean): object {
  return {
    messaging_product: 'whatsapp',
    contacts: [contact],
    messages: [{ id, ...(paced && { message_status: 'accepted' }) }],
  };
}

/** A reaction is a message too: it has an id and a status, and an empty emoji takes it back. */
async function react(
  deps: SendDeps,
  account: Account,
  thread: Thread,
  contact: object,
  body: Json,
): Promise<object> {
  const given = isObject(body['reaction']) ? body['reaction'] : {};
  const { message_id: target, emoji } = given;
  if (typeof target !== 'string') throw refusals.missing('reaction[message_id]');
  if (typeof emoji !== 'string') throw refusals.missing('reaction[emoji]');
  const message = thread.messages.find(({ id }) => id === target);
  if (!message) throw refusals.badValue('reaction[message_id] is not a message of this chat.');
  if (emoji === '') delete message.reactions.business;
  else message.reactions.business = emoji;
  // Kept outside of the thread: a phone shows it at the other message, not as one.
  const reaction = keep(
    { ...thread, messages: [] },
    numberOf(thread),
    { type: 'reaction' },
    body,
    deps,
  );
  await deps.statuses.follow(account, reaction, thread, [thread]);
  return answer(contact, reaction, false);
}

/** The customer's message and all before it get their blue ticks; maybe it shows that we write. */
function markRead({ state, now }: SendDeps, account: Account, body: Json): object {
  if (body['status'] !== 'read') throw refusals.badValue('status must be read.');
  const id = body['message_id'];
  const thread = [...state.threads.values()].find(
    ({ accountId, messages }) =>
      accountId === account.id &&
      messages.some((each) => each.id === id && each.from === 'customer'),
  );
  if (!thread) throw refusals.invalid('message_id is not a message that was received.');
  const upTo = thread.messages.findIndex((each) => each.id === id);
  for (const message of thread.messages.slice(0, upTo + 1))
    if (message.from === 'customer') message.status = 'read';
  if (isObject(body['typing_indicator'])) thread.typingUntil = now() + TYPING;
  return { success: true };
}

async function sendToGroup(deps: SendDeps, account: Account, body: Json): Promise<object> {
  const group = groupOf(deps.state, account, body['to']);
  const content = contentOf(deps, account, body);
  if (!GROUP_TYPES.has(content.type)) throw refusals.groupContent();
  const planned = deps.plan.take(JSON.stringify(body));
  const failure = planned ?? ((await hasMedia(deps, account, content)) ? null : failures.media);
  const message = keep(group, group.id, { ...content, ...repliesTo(body), failure }, body, deps);
  await deps.statuses.follow(account, message, group, participantsOf(deps.state, group));
  const { id } = group;
  const contact = { input: id, wa_id: id };
  return { ...answer(contact, message, false), group_id: id };
}
