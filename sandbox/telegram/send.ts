import { addMessage, findMessage } from './chats.ts';
import { parseText } from './entities.ts';
import { refusals } from './errors.ts';
import type { Json } from './json.ts';
import { messageJson } from './message-json.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import { reachableChat } from './reachable.ts';
import { readPlace } from './send-place.ts';
import type { Chat, TelegramState } from './state.ts';

const MAX_TEXT = 4096;
const MAX_TEXT_BYTES = 32_768;
const MAX_CAPTION = 1024;

/** https://core.telegram.org/bots/api#sendmessage */
export const sendMessage: Method = (deps, call) => {
  const content = readText(deps, call);
  return { result: send(deps, call, reachableChat(deps.state, call.bot, call.params), content) };
};

/** https://core.telegram.org/bots/api#sendchataction */
export const sendChatAction: Method = ({ state }, { bot, params }) => {
  if (!params.text('action')) throw refusals.badRequest('wrong parameter action in request');
  reachableChat(state, bot, params);
  return { result: true };
};

/** Text and entities of a message. Throws 400 for an empty or a long one. */
export function readText(deps: MethodDeps, { params }: Pick<MethodCall, 'params'>): Json {
  const source = params.text('text') ?? '';
  if (Buffer.byteLength(source) > MAX_TEXT_BYTES) throw refusals.badRequest('text is too long');
  const { text, entities } = parseText(source, params.text('parse_mode'));
  if (text.trim() === '') throw refusals.badRequest('message text is empty');
  if (lengthOf(deps, text) > MAX_TEXT) throw refusals.badRequest('message is too long');
  return { text, ...((entities.length > 0 || params.has('entities')) && { entities }) };
}

/** Caption and its entities; empty without one. Throws 400 for a long one. */
export function readCaption(
  deps: MethodDeps,
  given: { caption: string | undefined; mode: string | undefined },
): Json {
  if (!given.caption) return {};
  const { text, entities } = parseText(given.caption, given.mode);
  if (lengthOf(deps, text) > MAX_CAPTION) throw refusals.badRequest('message caption is too long');
  return { caption: text, ...(entities.length > 0 && { caption_entities: entities }) };
}

function lengthOf({ settings }: MethodDeps, text: string): number {
  return settings.length_unit === 'utf16' ? text.length : [...text].length;
}

/** Puts the bot's message into the chat, and answers with it. */
export function send(deps: MethodDeps, call: MethodCall, chat: Chat, content: Json): Json {
  const { state, now } = deps;
  const options = readOptions(state, chat, call);
  deps.flood.count(chat);
  const message = addMessage(chat, {
    ...{ from: 'business', personId: null, at: now() },
    content: { ...options.members, ...content, ...options.markup },
    replyTo: options.replyTo,
  });
  return messageJson(state, chat, message);
}

type Options = { members: Json; markup: Json; replyTo: number | null };

function readOptions(state: TelegramState, chat: Chat, { params }: MethodCall): Options {
  const place = readPlace(state, chat, { params });
  const markup = params.object('reply_markup');
  const inline = markup && 'inline_keyboard' in markup;
  if (chat.type !== 'private' && JSON.stringify(markup ?? '').includes('request_contact'))
    throw refusals.badRequest('phone number can be requested in private chats only');
  return {
    members: {
      ...place,
      ...(params.flag('protect_content') && { has_protected_content: true }),
    },
    markup: inline ? { reply_markup: markup } : {},
    replyTo: readReply(chat, { params }),
  };
}

/** The message that is answered. The older `reply_to_message_id` is taken as well. */
function readReply(chat: Chat, { params }: Pick<MethodCall, 'params'>): number | null {
  const reply = params.object('reply_parameters');
  const id = Number(reply?.['message_id'] ?? params.integer('reply_to_message_id') ?? NaN);
  if (Number.isNaN(id)) return null;
  if (findMessage(chat, id)) return id;
  const optional =
    reply?.['allow_sending_without_reply'] === true || params.flag('allow_sending_without_reply');
  if (optional) return null;
  throw refusals.badRequest('message to be replied not found');
}
