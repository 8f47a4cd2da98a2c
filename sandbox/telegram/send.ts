import { addMessage } from './chats.ts';
import { refusals } from './errors.ts';
import type { Json } from './json.ts';
import { messageJson } from './message-json.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import { reachableChat } from './reachable.ts';
import { readMarkup } from './reply-markup.ts';
import { type ReplyTo, readReply } from './reply-to.ts';
import { readPlace } from './send-place.ts';
import type { Chat, ChatMessage } from './state.ts';
import { readText } from './text.ts';

/** https://core.telegram.org/bots/api#sendmessage */
export const sendMessage: Method = (deps, call) => {
  const content = readText(deps, call.params);
  return { result: send(deps, call, reachableChat(deps.state, call.bot, call.params), content) };
};

const ACTIONS = new Set([
  ...['typing', 'upload_photo', 'record_video', 'upload_video', 'record_voice', 'upload_voice'],
  ...['record_audio', 'upload_audio', 'upload_document', 'choose_sticker', 'find_location'],
  ...['pick_up_location', 'record_video_note', 'upload_video_note', 'cancel'],
]);

/** https://core.telegram.org/bots/api#sendchataction */
export const sendChatAction: Method = ({ state }, { bot, params }) => {
  if (!ACTIONS.has((params.text('action') ?? '').toLowerCase()))
    throw refusals.badRequest('wrong parameter action in request');
  reachableChat(state, bot, params);
  return { result: true };
};

/** Puts the bot's message into the chat, and answers with it. */
export function send(deps: MethodDeps, call: MethodCall, chat: Chat, content: Json): Json {
  return messageJson(deps.state, chat, put(deps, call, chat, content));
}

/** Puts the bot's message into the chat. */
export function put(deps: MethodDeps, call: MethodCall, chat: Chat, content: Json): ChatMessage {
  const options = readOptions(deps, chat, call);
  deps.flood.count(chat);
  return addMessage(chat, {
    ...{ from: 'business', personId: null, at: deps.now() },
    content: { ...options.members, ...content, ...options.markup },
    replyTo: options.replyTo.id,
  });
}

type Options = { members: Json; markup: Json; replyTo: ReplyTo };

function readOptions(deps: MethodDeps, chat: Chat, call: MethodCall): Options {
  const { params } = call;
  const place = readPlace(deps.state, chat, call);
  const asksForNumber = JSON.stringify(params.object('reply_markup') ?? {});
  if (chat.type !== 'private' && asksForNumber.includes('request_contact'))
    throw refusals.badRequest('phone number can be requested in private chats only');
  const replyTo = readReply(deps, chat, call);
  const effect = params.text('message_effect_id');
  return {
    members: {
      ...place,
      ...replyTo.members,
      ...(params.flag('protect_content') && { has_protected_content: true }),
      ...(effect && { effect_id: effect }),
    },
    markup: readMarkup(params),
    replyTo,
  };
}
