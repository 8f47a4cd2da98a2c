import { WINDOW } from '../meta/window.ts';
import { refusals } from './errors.ts';
import { emitEcho } from './customer.ts';
import {
  type Account,
  type DirectMessage,
  type InstagramState,
  type MediaItem,
  type Thread,
  addMessage,
  threadKey,
} from './state.ts';
import type { WebhookSender } from './webhooks.ts';

const MAX_TEXT_BYTES = 1000;
const MAX_IMAGES = 10;
/** How long a human agent may answer after the window. */
const HUMAN_AGENT_WINDOW = 7 * WINDOW;
const MEDIA_TYPES = new Set(['image', 'audio', 'video', 'file', 'like_heart']);
const ACTIONS = new Set(['react', 'unreact', 'typing_on', 'typing_off', 'mark_seen']);

export type SendDeps = {
  state: InstagramState;
  webhooks: Pick<WebhookSender, 'emit' | 'settings'>;
  now: () => number;
  /** Closes every window, whatever its time: the page's switch. */
  windowsClosed: () => boolean;
};

type Json = Record<string, unknown>;

/** `POST /{id|me}/messages`. Throws {@link MetaError} as the platform refuses. */
export function send(deps: SendDeps, account: Account, body: unknown): object {
  if (!isObject(body)) throw refusals.parameter('The body must be a JSON object.');
  const recipient = isObject(body['recipient']) ? body['recipient']['id'] : undefined;
  if (typeof recipient !== 'string' && typeof recipient !== 'number')
    throw refusals.parameter('The parameter recipient is required.');
  const thread = deps.state.threads.get(threadKey(account.id, String(recipient)));
  if (body['sender_action'] !== undefined) return act(deps, thread, body);
  const content = { ...read(body['message']), replyTo: quoted(body) };
  const open = reachable(deps, thread, body);
  const message = addMessage(open, { from: 'business', at: deps.now(), ...content });
  if (deps.webhooks.settings.echo) emitEcho(deps.webhooks, open, message);
  return { recipient_id: open.customerId, message_id: message.mid };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function read(message: unknown): Pick<DirectMessage, 'text' | 'media'> {
  if (!isObject(message)) throw refusals.parameter('The parameter message is required.');
  const given = message['attachment'] ?? message['attachments'];
  if (given !== undefined) return { text: null, media: readMedia(given) };
  const { text } = message;
  if (typeof text !== 'string' || text.trim() === '') throw refusals.emptyText();
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) throw refusals.longText();
  return { text, media: [] };
}

/** The message that is answered; samples write it beside the message and in it. */
function quoted(body: Json): string | null {
  const inside = isObject(body['message']) ? body['message']['reply_to'] : undefined;
  const given = body['reply_to'] ?? inside;
  return isObject(given) ? String(given['mid']) : null;
}

/** One attachment, or up to ten images; the platform's samples write both names for both. */
function readMedia(given: unknown): MediaItem[] {
  const list = Array.isArray(given) ? given : [given];
  if (list.length === 0 || list.length > MAX_IMAGES)
    throw refusals.parameter(`Between 1 and ${MAX_IMAGES} attachments are allowed.`);
  return list.map((item: unknown) => {
    const type = isObject(item) ? item['type'] : undefined;
    if (typeof type !== 'string' || !MEDIA_TYPES.has(type))
      throw refusals.parameter('The attachment type must be image, audio, video or file.');
    if (list.length > 1 && type !== 'image')
      throw refusals.parameter('Only images can be sent together.');
    const payload = isObject(item) && isObject(item['payload']) ? item['payload'] : {};
    if (type === 'like_heart' || typeof payload['attachment_id'] === 'string') return { type };
    const { url } = payload;
    if (typeof url !== 'string' || !/^https?:\/\//.test(url))
      throw refusals.parameter('The attachment needs a payload with a url.');
    return { type, url };
  });
}

/** The thread, if the person exists, has not blocked the account and the window is open. */
function reachable(deps: SendDeps, thread: Thread | undefined, body: Json): Thread {
  if (!thread) throw refusals.noSuchPerson();
  if (thread.blocked) throw refusals.notAvailable();
  const byHuman = body['messaging_type'] === 'MESSAGE_TAG' && body['tag'] === 'HUMAN_AGENT';
  const length = byHuman ? HUMAN_AGENT_WINDOW : WINDOW;
  const open = thread.lastInboundAt !== null && deps.now() - thread.lastInboundAt < length;
  if (!open || deps.windowsClosed()) throw refusals.windowClosed();
  return thread;
}

function act(deps: SendDeps, thread: Thread | undefined, body: Json): object {
  const action = body['sender_action'];
  if (typeof action !== 'string' || !ACTIONS.has(action))
    throw refusals.parameter('The parameter sender_action is not one of the allowed values.');
  const open = reachable(deps, thread, body);
  if (action === 'react' || action === 'unreact') {
    const payload = isObject(body['payload']) ? body['payload'] : {};
    const message = open.messages.find(({ mid }) => mid === payload['message_id']);
    if (!message) throw refusals.unknownObject(String(payload['message_id']));
    if (action === 'unreact') delete message.reactions.business;
    else message.reactions.business = String(payload['reaction'] ?? '❤️');
  }
  return { recipient_id: open.customerId };
}
